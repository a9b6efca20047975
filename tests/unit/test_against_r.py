"""The same figures from R, where that is (Debian's r-base-core, r-cran-coin and r-cran-lme4)."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from divergent_bench.analysis.statistics.estimates import (
    difference,
    independent_differences,
    mean,
)
from divergent_bench.analysis.statistics.interaction import crossing, heterogeneity
from divergent_bench.analysis.statistics.intervals import mean_interval
from divergent_bench.analysis.statistics.multiplicity import BENJAMINI_HOCHBERG, HOLM, adjust
from divergent_bench.analysis.statistics.power import n_per_group
from divergent_bench.analysis.statistics.ranks import rank_sum, rank_sums
from divergent_bench.analysis.statistics.scorability import compare_scorable
from divergent_bench.analysis.statistics.variance import decompose_variance
from tests.helpers.cells import alike, asked, level
from tests.helpers.scores import condition, scores_table

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R"),
]

SIZES = ((9, 14, 6), (12, 7, 11))
P_VALUES = [0.001, 0.01, 0.012, 0.04, 0.04, 0.3, 0.9]
# Written by hand, so that nothing of the package is in it but the formulas of the references.
SCRIPT = """
a <- list(%(a)s); b <- list(%(b)s); k <- length(a)
show <- function(name, ...) cat(name, format(c(...), digits = 15), "\\n")
welch <- t.test(a[[1]], b[[1]])
show("welch", welch$statistic, welch$parameter, welch$p.value, welch$conf.int)
d <- sapply(1:k, function(i) mean(a[[i]]) - mean(b[[i]]))
parts <- c(sapply(a, var) / sapply(a, length), sapply(b, var) / sapply(b, length))
se <- sqrt(sum(parts)) / k
df <- sum(parts)^2 / sum(parts^2 / (c(sapply(a, length), sapply(b, length)) - 1))
show("cells", mean(d), se, df, 2 * pt(-abs(mean(d) / se), df))
show("mean", t.test(a[[1]])$conf.int)
wilcox <- wilcox.test(a[[1]], b[[1]], exact = FALSE, correct = TRUE)
show("ranks", wilcox$statistic, wilcox$p.value)
kruskal <- kruskal.test(list(a[[1]], b[[1]], a[[2]]))
show("kruskal", kruskal$statistic, kruskal$p.value)
long <- do.call(rbind, lapply(1:k, function(i) data.frame(
  score = c(a[[i]], b[[i]]), cell = factor(i),
  level = factor(rep(c("a", "b"), c(length(a[[i]]), length(b[[i]])))))))
long$weighted <- ave(long$score, long$cell, FUN = function(x) rank(x) / (length(x) + 1))
if (requireNamespace("coin", quietly = TRUE)) {
  elteren <- coin::independence_test(weighted ~ level | cell, data = long)
  show("elteren", coin::statistic(elteren), coin::pvalue(elteren))
}
p <- c(%(p)s)
show("holm", p.adjust(p, "holm")); show("bh", p.adjust(p, "BH"))
# Gail and Simon (1985), the weights of chi-bar-squared; t turned into z.
v <- sapply(1:k, function(i) var(a[[i]]) / length(a[[i]]) + var(b[[i]]) / length(b[[i]]))
dfs <- sapply(1:k, function(i) t.test(a[[i]], b[[i]])$parameter)
z <- sign(d) * qnorm(pt(abs(d / sqrt(v)), dfs))
q <- min(sum(z[d > 0]^2), sum(z[d < 0]^2)); h <- 1:(k - 1)
show("crossing", q, sum(dbinom(h, k - 1, 0.5) * pchisq(q, h, lower.tail = FALSE)))
w <- 1 / v; centre <- sum(w * d) / sum(w); lack <- sum((1 - w / sum(w))^2 / dfs)
f <- sum(w * (d - centre)^2) / (k - 1) / (1 + 2 * (k - 2) / (k^2 - 1) * lack)
show("heterogeneity", f, pf(f, k - 1, (k^2 - 1) / (3 * lack), lower.tail = FALSE))
# Answers to each wording the same in number: the mean with standard errors clustered by these, CR2
# of an intercept, which is that of the means of wordings.
y <- c(%(clustered)s); g <- rep(1:6, each = 4)
u <- tapply(y - mean(y), g, sum)
show("clustered", mean(y), sqrt(sum(u^2) * 6 / 5) / length(y))
scorable <- array(c(17, 9, 3, 10, 8, 5, 2, 6), c(2, 2, 2))
show("fisher", mantelhaen.test(scorable, exact = TRUE)$p.value)
show("power", power.t.test(delta = 1, sd = 3, sig.level = 0.05 / 45, power = 0.8)$n)
if (requireNamespace("lme4", quietly = TRUE)) {
  reml <- function(formula, data) {
    found <- as.data.frame(lme4::VarCorr(lme4::lmer(formula, data)))
    setNames(found$vcov, found$grp)
  }
  asked <- expand.grid(answer = 1:5, wording = factor(1:6), model = factor(1:4))
  asked$score <- c(%(worded)s)
  found <- reml(score ~ 1 + (1 | model) + (1 | model:wording), asked)
  show("reml_of_wordings", found[c("model", "model:wording", "Residual")])
  grid <- expand.grid(answer = 1:6, strategy = factor(1:3), model = factor(1:4))
  grid$score <- c(%(crossed)s)
  found <- reml(score ~ 1 + (1 | model) + (1 | strategy) + (1 | model:strategy), grid)
  show("reml_of_a_grid", found[c("model", "strategy", "model:strategy", "Residual")])
}
"""


@pytest.fixture(scope="module")
def scores():
    """Rounded scores of two levels in three cells, with ties."""
    rng = np.random.default_rng(8)
    return [
        [
            np.round(rng.normal(80 + up, 3 + 2 * side, n))
            for up, n in zip((2, 0, -3), sizes, strict=True)
        ]
        for side, sizes in enumerate(SIZES)
    ]


@pytest.fixture(scope="module")
def clustered():
    rng = np.random.default_rng(9)
    return np.round(np.repeat(rng.normal(80, 2, 6), 4) + rng.normal(0, 3, 24), 2)


@pytest.fixture(scope="module")
def worded():
    """Scores of 4 models, 6 wordings, 5 answers each."""
    rng = np.random.default_rng(10)
    centres = rng.normal(80, 4, (4, 1, 1)) + rng.normal(0, 3, (4, 6, 1))
    return centres + rng.normal(0, 2, (4, 6, 5))


@pytest.fixture(scope="module")
def crossed():
    """Scores of 4 models, 3 strategies, 6 answers each."""
    rng = np.random.default_rng(11)
    centres = rng.normal(80, 5, (4, 1, 1)) + rng.normal(0, 4, (3, 1)) + rng.normal(0, 3, (4, 3, 1))
    return centres + rng.normal(0, 2, (4, 3, 6))


@pytest.fixture(scope="module")
def in_r(scores, clustered, worded, crossed):
    def numbers(values):
        return json.dumps(np.asarray(values).tolist())[1:-1]

    a, b = (", ".join(f"c({numbers(cell)})" for cell in cells) for cells in scores)
    filled = {"a": a, "b": b, "p": numbers(P_VALUES), "clustered": numbers(clustered)}
    filled |= {"worded": numbers(worded.ravel()), "crossed": numbers(crossed.ravel())}
    script = SCRIPT % filled
    run = subprocess.run(
        ["Rscript", "--vanilla", "-e", script], capture_output=True, text=True, check=True
    )
    print(run.stdout)  # pytest -rP tells
    lines = map(str.split, run.stdout.splitlines())
    return {name: [float(value) for value in values] for name, *values in lines}


def same(values, expected):
    assert list(values) == pytest.approx(expected, rel=1e-7)


def test_welch_in_one_cell(scores, in_r):
    found = difference(level(scores[0][0]), level(scores[1][0]), alike(1))
    same([found.t, found.df, found.p(), *found.interval()], in_r["welch"])


def test_welch_over_cells(scores, in_r):
    found = difference(level(*scores[0]), level(*scores[1]), alike(3))
    same([*found, found.p()], in_r["cells"])


def test_means(scores, in_r):
    same(mean_interval(scores[0][0]), in_r["mean"])


def test_wilcoxon_with_ties(scores, in_r):
    same(rank_sum(level(scores[0][0]), level(scores[1][0]))[1:], in_r["ranks"])


def test_kruskal_wallis_with_ties(scores, in_r):
    levels = [level(scores[side][cell]) for side, cell in ((0, 0), (1, 0), (0, 1))]
    same(rank_sums(levels)[1:], in_r["kruskal"])


def test_van_elteren(scores, in_r):
    if "elteren" not in in_r:
        pytest.skip("no package coin")
    same(rank_sum(level(*scores[0]), level(*scores[1]))[1:], in_r["elteren"])


def test_adjustments(in_r):
    same(adjust(P_VALUES, HOLM), in_r["holm"])
    same(adjust(P_VALUES, BENJAMINI_HOCHBERG), in_r["bh"])


def test_interactions(scores, in_r):
    found = independent_differences(level(*scores[0]), level(*scores[1]), alike(3))
    estimates = [each for _, each in found]
    same(crossing(estimates), in_r["crossing"])
    same(heterogeneity(estimates), in_r["heterogeneity"])


def test_a_mean_clustered_by_wordings(clustered, in_r):
    of_wordings = level(clustered, wordings=[np.repeat(np.arange(6), 4)], drawn=1)
    same(mean(of_wordings, alike(1))[:2], in_r["clustered"])


def test_scorable_answers_in_cells(in_r):
    found = compare_scorable(asked([17, 8], [20, 10]), asked([9, 5], [19, 11]))
    same([found.p], in_r["fisher"])


def test_answers_that_a_difference_needs(in_r):
    assert n_per_group(3, alpha=0.05 / 45) == np.ceil(in_r["power"][0])


def shares_of(variances):
    return [each / sum(variances) for each in variances]


def test_shares_of_models_and_wordings(worded, in_r):
    if "reml_of_wordings" not in in_r:
        pytest.skip("no package lme4")
    rows = [
        row
        for model, of_model in enumerate(worded)
        for wording, scores in enumerate(of_model)
        for row in condition(scores, model=f"m{model}", wording=wording)
    ]
    found = decompose_variance(scores_table(rows)).set_index("component")
    model, wording, within = in_r["reml_of_wordings"]
    # These four models are all that is spoken of: the variance of their means, not that of a
    # population which they were drawn from, is 3/4 of what lme4 gives.
    expected = {"model": model * 3 / 4, "wording": wording, "within": within}
    assert found["variance"].to_dict() == pytest.approx(expected, rel=1e-3)
    assert list(found["share"]) == pytest.approx(shares_of(expected.values()), rel=1e-3)


def test_shares_of_a_grid(crossed, in_r):
    if "reml_of_a_grid" not in in_r:
        pytest.skip("no package lme4")
    rows = [
        row
        for model, of_model in enumerate(crossed)
        for strategy, scores in zip(("none", "random", "etymology"), of_model, strict=True)
        for row in condition(scores, model=f"m{model}", strategy=strategy)
    ]
    found = decompose_variance(scores_table(rows)).set_index("component")
    model, strategy, both, within = in_r["reml_of_a_grid"]
    # Likewise; what depends on both is in the means of these models over these strategies.
    expected = {
        "model": (model + both / 3) * 3 / 4,
        "strategy": (strategy + both / 4) * 2 / 3,
        "model:strategy": both * 3 / 4 * 2 / 3,
        "within": within,
    }
    assert found["variance"].to_dict() == pytest.approx(expected, rel=1e-3)
    assert list(found["share"]) == pytest.approx(shares_of(expected.values()), rel=1e-3)
