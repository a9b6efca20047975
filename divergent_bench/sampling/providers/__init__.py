"""Where answers come from: language models, baselines, files of recorded answers.

A provider is a function that takes a request and returns an answer (`base.answers`).
"""
