"""The faults of real answers, one by one, in texts of our own."""

# ruff: noqa: E501 -- answers as they are: long lines, dashes and quotes of all kinds

import json

import pytest

from divergent_bench.instrument.parsing import FLAGS, LAYOUTS, ParsedWord
from divergent_bench.instrument.tasks.dat import TASK
from tests.helpers.lists import BULLETS, COLUMN, COMMAS, NUMBERED, W, numbered

# --- reasoning


@pytest.mark.parametrize(
    "reasoning",
    [
        "<think>\n1. apple\n2. pear\n3. plum\n</think>\n",
        "<thinking>apple, pear, plum, fig, lime, kiwi, date</thinking>",
        "<Think>\nno list\n</Think>",
        "1. apple\n2. pear\nlet me revise\n</think>\n",  # the template had opened the block
        "<think>a <think> b</think> c</think>",
        "<think>first</think>\n<think>1. apple\n2. pear</think>",
        "[THINK]1. apple\n2. pear[/THINK]",
        "<reasoning>1. apple\n2. pear</reasoning>",
        "<|begin_of_thought|>1. apple<|end_of_thought|>",
        "<|channel|>analysis<|message|>1. apple\n2. pear<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)
def test_reasoning_is_no_answer(reasoning: str) -> None:
    parsed = TASK.parse(reasoning + NUMBERED)
    assert parsed.words == W
    assert "reasoning" in parsed.flags
    assert "restarted-list" not in parsed.flags


def test_unclosed_reasoning_is_a_truncated_answer() -> None:
    parsed = TASK.parse(f"<think>\nA draft:\n{NUMBERED}\nBut these are too")
    assert parsed.words == ()
    assert parsed.layout == "none"
    assert "unclosed-reasoning" in parsed.flags


def test_an_answer_before_unclosed_reasoning_stays() -> None:
    assert TASK.parse(f"{NUMBERED}\n<think>was that").words == W


def test_a_word_in_angle_brackets_is_no_reasoning() -> None:
    words = ("analysis", *W[1:])
    assert TASK.parse("\n".join(f"<{w}>" for w in words)).words == words


def test_answer_tags() -> None:
    parsed = TASK.parse(f"I might say: 1. apple 2. pear\n<answer>{COMMAS}</answer> done")
    assert parsed.words == W
    assert "answer-tag" in parsed.flags


# --- other voices


@pytest.mark.parametrize(
    "continuation",
    [
        "\n<human>: And ten more?\n<bot>: 1. apple\n2. pear\n3. plum",
        "<|im_end|>\n<|im_start|>user\napple, pear, plum",
        "<|endoftext|>1. apple\n2. pear\n3. plum",
        "</s>[INST] more [/INST] 1. apple",
        "\n\n### Instruction:\nList fruit.\n\n### Response:\n1. apple\n2. pear",
    ],
)
def test_continued_dialogue_is_cut(continuation: str) -> None:
    parsed = TASK.parse(NUMBERED + continuation)
    assert parsed.words == W
    assert "continued-dialogue" in parsed.flags


def test_an_empty_answer_takes_no_list_from_the_continuation() -> None:
    text = "\n1. \n2. \n3. \n<human>: Name fruit.\n<bot>: 1. apple\n2. pear\n3. plum"
    assert TASK.parse(text).words == ()


@pytest.mark.parametrize(
    "label",
    [
        "<bot>: ",
        "Assistant:\n",
        "<|assistant|>\n",
        "[INST] List words. [/INST] ",
        "Answer:\n",
        "**Answer:**\n\n",
    ],
)
def test_a_label_before_the_answer(label: str) -> None:
    assert TASK.parse(label + NUMBERED).words == W


ECHO = (
    "# System\n- The assistant is helpful and honest.\n- The assistant is able to write poems.\n"
    "- The assistant will refuse to do harm.\nPlease list ten words. Only nouns. One word per entry of the list."
)


@pytest.mark.parametrize(
    "listing",
    [NUMBERED, BULLETS, COLUMN, COMMAS, BULLETS.replace("- ", "-"), "Sure:\n\n" + NUMBERED],
)
def test_a_prompt_given_back_hides_no_first_entry(listing: str) -> None:
    assert TASK.parse(ECHO + listing).words == W


def test_rules_given_back_as_a_list_are_not_the_list() -> None:
    rules = "1. Only single words.\n2. Only nouns.\n3. No proper nouns.\n4. No technical terms.\n\n"
    parsed = TASK.parse("Rules:\n" + rules + "My words:\n" + NUMBERED)
    assert parsed.words == W
    assert "restarted-list" in parsed.flags
    assert TASK.parse("- Only nouns\n- No proper nouns\n- Single words\n\n" + COMMAS).words == W


# --- several lists, damaged lists


def test_a_second_list_is_flagged_and_not_used() -> None:
    parsed = TASK.parse(f"{NUMBERED}\n\nAnd another ten:\n\n" + numbered(*W[::-1]))
    assert parsed.words == W
    assert "restarted-list" in parsed.flags
    assert "trailing-text" in parsed.flags


def test_explanations_in_bullets_are_not_the_list() -> None:
    why = "\n".join(f"- **{w.title()}** is unlike the rest" for w in W)
    assert TASK.parse(f"{NUMBERED}\n\nWhy these:\n\n{why}").words == W
    assert TASK.parse(f"{COLUMN}\n\n{why}").words == W
    assert TASK.parse(f"{COMMAS}\n\n{why}").words == W


@pytest.mark.parametrize("domains", [7, 8, 10, 12])
@pytest.mark.parametrize("listing", [COLUMN, "Ten words:\n\n" + COLUMN])
def test_bullets_below_a_full_list_are_about_it(listing: str, domains: int) -> None:
    about = "\n".join(f"- {w}" for w in ("law", "food", "music") * 4)[: domains * 8]
    parsed = TASK.parse(f"{listing}\n\nThey come from:\n{about}")
    assert parsed.words == W
    assert "restarted-list" in parsed.flags


def test_a_list_in_a_json_string() -> None:
    assert TASK.parse(json.dumps({"response": NUMBERED})).words == W
    assert TASK.parse(json.dumps({"words": COMMAS})).words == W


def test_program_text_around_a_list() -> None:
    quoted = "\n".join(f"  '{w}'," for w in W)
    assert TASK.parse(f"const words = [\n{quoted}\n];").words == W


def test_plain_list_repeated_with_explanations() -> None:
    again = "\n".join(f"{w}: something" for w in W[:8])
    assert TASK.parse("\n".join(W[:8]) + "\n\n" + again).words == W[:8]


def test_a_full_list_after_a_short_draft() -> None:
    assert TASK.parse("1. apple\n2. pear\n\nNo. Again:\n\n" + NUMBERED).words == W


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NUMBERED.replace("4. beetle", "beetle"), W),  # a marker lost
        (NUMBERED.replace("1. kettle", "kettle"), W),
        (NUMBERED.replace("9. tunnel\n", ""), (*W[:8], W[9])),  # a number left out
        (NUMBERED.replace("5. ", "4. "), W),  # a number twice
        (NUMBERED.replace("6. ", "6 "), W),
        (NUMBERED.replace("6. ", "6 ."), W),
        (NUMBERED.replace("6. ", "6., "), W),
        (NUMBERED.replace("6. saffron", "6. "), (*W[:5], *W[6:])),
        ("Words: " + NUMBERED, W),  # the first on the line of the preamble
        ("kettle\n7. glacier\n8. rumour\n9. beetle", W[:4]),  # cut at the beginning
        (NUMBERED.removesuffix("mercy") + "mer", (*W[:9], "mer")),
        (NUMBERED.removesuffix("mercy"), W[:9]),
        (NUMBERED + "\n11.", W),
        (NUMBERED + ".", W),
        (NUMBERED + ". These words are far apart.", W),
    ],
)
def test_damaged_numbering(text: str, words: tuple[str, ...]) -> None:
    assert TASK.parse(text).words == words


@pytest.mark.parametrize("count", [2, 3, 7, 9, 10, 11, 20, 200])
@pytest.mark.parametrize("marker", ["{n}. ", "- ", "* "])
def test_every_entry_is_kept(count: int, marker: str) -> None:
    words = tuple(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(count))
    parsed = TASK.parse("\n".join(marker.format(n=n) + w for n, w in enumerate(words, 1)))
    assert parsed.words == words
    assert ("fewer-than-asked" in parsed.flags) == (count < 10)
    assert ("more-than-asked" in parsed.flags) == (count > 10)


def test_several_words_in_an_entry() -> None:
    parsed = TASK.parse("1. kettle, glacier, rumour\n2. beetle, verdict, saffron\n3. pulley")
    assert parsed.words == W[:7]
    assert "shared-entries" in parsed.flags


def test_commas_within_glosses_are_no_list() -> None:
    text = "1. kettle - a vessel, unlike: pots, pans, cups, jars, bowls, plates, mugs\n2. glacier - ice"
    assert TASK.parse(text).words == ("kettle", "glacier")


def test_groups_with_labels() -> None:
    text = "Things: kettle, pulley, tunnel, saffron\nNature: glacier, beetle, mercy, ballad"
    assert TASK.parse(text).words == (
        "kettle",
        "pulley",
        "tunnel",
        "saffron",
        "glacier",
        "beetle",
        "mercy",
        "ballad",
    )


FRUIT = "\n".join(
    f"{n}. {w}" for n, w in enumerate(("apple", "pear", "plum", "fig", "lime", "kiwi"), 1)
)


@pytest.mark.parametrize("heading", ["Final answer:", "**Final list:**", "## My final ten words"])
@pytest.mark.parametrize("draft", [numbered(*W[::-1]), FRUIT, ", ".join(W[::-1])])
def test_a_final_answer_is_preferred_to_a_draft(heading: str, draft: str) -> None:
    parsed = TASK.parse(f"A draft:\n{draft}\n\n{heading}\n{NUMBERED}")
    assert parsed.words == W
    assert "final-answer" in parsed.flags


@pytest.mark.parametrize("word", ["final", "finale", "revised", "Final list"])
def test_an_entry_is_no_heading_of_a_final_answer(word: str) -> None:
    words = (word, *W[1:])
    assert TASK.parse(numbered(*words)).words == words
    assert TASK.parse("\n".join(f"- {w}" for w in words)).words == words


@pytest.mark.parametrize(
    "after",
    [
        "11 words would be too many.",
        "(10 words)",
        "Explanation:\n1. A kettle sings\n2. A glacier is ice\n3. A rumour is talk",
        "Explanation:\n" + numbered(*(f"{w}: a thing that is so" for w in W)),
        "*Note: all are nouns.*",
        "🎉",
        "---",
    ],
)
def test_what_follows_is_no_entry(after: str) -> None:
    assert TASK.parse(f"{NUMBERED}\n\n{after}").words == W


def test_a_signature_is_no_entry() -> None:
    assert TASK.parse(f"{COLUMN}\n\n- Claude").words == W


# --- plain lists and what stands beside them


@pytest.mark.parametrize(
    "before",
    [
        "Sure!\n",
        "Sure.\n",
        "Okay.\n\n",
        "Here are ten words\n\n",
        "My list\n\n",
        "Answer\n\n",
        "Words:\n",
        "**Ten nouns:**\n\n",
        "Of course! Here you go:\n",
        "I chose these words for you.\n",
    ],
)
@pytest.mark.parametrize(
    "after",
    [
        "",
        "\n\nEnjoy!",
        "\n\nDone.",
        "\n\nHope this helps",
        "\n\nNote: they are all nouns.",
        "\n\nI picked words from many fields.",
        "\n\nWould you like more?",
    ],
)
def test_chatter_is_no_entry(before: str, after: str) -> None:
    parsed = TASK.parse(before + COLUMN + after)
    assert parsed.words == W
    assert "preamble" in parsed.flags
    assert ("trailing-text" in parsed.flags) == bool(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Um, let me think... Right: ", "."),
        ("*looks up, thinking for a moment* ", "."),
        ("Well, that is hard! Here we go: ", "\n"),
        ("Okay, here are my words: ", ". There, I did it, without looking around!"),
        ("", "\n\nContinue the conversation..."),
        ("The words are ", "."),
        ("**Words:** ", ""),
    ],
)
def test_commas_in_conversation(before: str, after: str) -> None:
    assert TASK.parse(before + COMMAS + after).words == W


def test_plain_list_that_ends_in_prose() -> None:
    assert TASK.parse(COLUMN + ". I hope that they are far enough apart").words == W


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I apologize for the misunderstanding, but it is not possible for me to make a list of random words, "
        "as I can only provide information, assistance, advice, and support. Is there anything else?",
        "As a language model, I cannot do this task. Please ask me for something else.",
        "Sorry, I need more context to understand what you mean.",
        "Well, let me think...",
        "No.",
        "Okay!\nLet me see.\nI will try.",
        "The kettle sings on the stove while the glacier melts and the beetle sleeps in a tunnel.",
        "Generating such lists requires additional configuration.",
        "It depends on what you mean by different: meaning, use, or sound.",
        "list",
    ],
)
def test_prose_is_no_list(text: str) -> None:
    parsed = TASK.parse(text)
    assert parsed.words == ()
    assert parsed.layout == "prose"
    assert "fewer-than-asked" in parsed.flags


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "1.\n2.\n3.",
        "####\n####",
        "---",
        "- \n- \n",
        "```\n```",
        "\x00",
        "001. 002. 003. 004.",
    ],
)
def test_nothing_is_no_list(text: str) -> None:
    parsed = TASK.parse(text)
    assert parsed.words == ()
    assert parsed.layout == "none"


# --- flags, spans, JSON strings


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("Here:\n" + NUMBERED, "preamble"),
        (NUMBERED + "\n\nDone.", "trailing-text"),
        ("```\n" + NUMBERED + "\n```", "code-fence"),
        (numbered("**a**", "b"), "bold"),
        (numbered('"a"', "b"), "quoted"),
        (numbered("a cat", "b"), "articles"),
        (numbered("cat/dog", "b"), "alternatives"),
        (numbered("cat (x)", "b"), "glosses"),
        (numbered("ice cream", "b"), "multi-word"),
        (numbered("cat", "Cat"), "duplicates"),
        (numbered("façade", "b"), "diacritics"),
        (numbered("CAT", "DOG"), "all-caps"),
        ("1. cat\n2.\n3. dog", "empty-entries"),
        ("1. cat\ndog\n3. cow", "unmarked-entry"),
    ],
)
def test_flags(text: str, flag: str) -> None:
    assert flag in TASK.parse(text).flags
    assert flag not in TASK.parse(NUMBERED).flags


def test_a_clean_list_has_no_flags() -> None:
    assert TASK.parse(NUMBERED).flags == ()


def test_duplicates_are_kept() -> None:
    words = ("kettle", "kettle", "KETTLE", "glacier")
    assert TASK.parse(numbered(*words)).words == words


def test_items_tell_raw_text_and_place() -> None:
    text = "Here:\n1. **Kettle** (a vessel)\n2. a pulley"
    parsed = TASK.parse(text)
    # "Here:\n1. " is 9 characters, "**Kettle** (a vessel)" is 21, "\n2. " is 4, "a pulley" is 8.
    assert parsed.items == (
        ParsedWord("**Kettle** (a vessel)", (9, 30), "Kettle"),
        ParsedWord("a pulley", (34, 42), "pulley"),
    )


def test_json_strings_are_decoded() -> None:
    words = ("façade", "cat's cradle", "kettle")
    parsed = TASK.parse(json.dumps(words))  # ensure_ascii: the cedilla is an escape
    assert parsed.words == words
    assert parsed.items[0].raw == "fa\\u00e7ade"


def test_tables_describe_everything() -> None:
    for table in (FLAGS, LAYOUTS):
        assert all(key and meaning for key, meaning in table.items())
