#!/usr/bin/env bash
# Both commands of the README on a Debian that has git and python3 and nothing else, as root:
#
#   tools/debian.sh DIRECTORY              Debian 13 with its Python 3.13, made in DIRECTORY (debootstrap)
#   tools/debian.sh DIRECTORY tests/unit   the tests that are named, in place of all
#   SUITE=sid tools/debian.sh DIRECTORY    another release
#
# The last commit is what is tried. Nothing of this machine is seen there but its network, its
# certificates and its processors; all mounts and processes end with the script.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(realpath -m "${1:?name a directory for the system}")
shift
mirror=${MIRROR:-http://deb.debian.org/debian}

if [ ! -x "$root/usr/bin/git" ]; then
	debootstrap --variant=minbase --include=python3,git,ca-certificates "${SUITE:-trixie}" "$root" "$mirror"
fi
cp /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
rm -rf "$root/srv/divergent-bench"
git clone --quiet --no-hardlinks . "$root/srv/divergent-bench"

unshare --mount --pid --fork --kill-child bash -euc '
	root=$1
	shift
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/dev/shm"
	mount -t tmpfs tmpfs "$root/tmp"
	exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt bash -euc "
		cd /srv/divergent-bench
		. /etc/os-release
		echo \"\$PRETTY_NAME, \$(python3 --version), \$(dpkg-query -W | wc -l) packages\"
		time python3 bootstrap.py demo
		test -s results/demo/report.html
		time python3 bootstrap.py test \"\$@\"
	" bash "$@"
' bash "$root" "$@"
