"""Makes the tokenizers of this folder and the texts that reference.js encodes with Hugging Face's tokenizers."""
import collections
import json
import os
import random
import re
import unicodedata

random.seed(7)

TEXT = """The merged model answers each of the four tasks, and the harmful one is rejected before it's weighed.
Adapters of different ranks are stacked: nothing is lost, and nothing is averaged that wasn't meant to be.
Training examples have a value; some are useful, some redundant, and a few of them poison what they're in.
    for (int i = 0; i < 128; i++) { total += weights[i] * 0.25; } // 1024 of 4096
An exact engine is a small engine: we'll measure, then I'd say what it cost. Naïve café, Ünïcode, déjà vu.
Привет мир, ελληνικά, 你好世界, 日本語, 한국어, 🙂🚀
"""


# What tokenizers are made of.

def train_merges(words, count):
    """Learns byte-pair merges: the pair that occurs most often, of equal ones the last."""
    counts = collections.Counter(tuple(word) for word in words)
    merges = []
    for _ in range(count):
        pairs = collections.Counter()
        for word, times in counts.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        if not pairs:
            break
        best = max(pairs.items(), key=lambda item: (item[1], item[0]))[0]
        merges.append(best)
        merged_counts = collections.Counter()
        for word, times in counts.items():
            merged_counts[merge(word, best)] += times
        counts = merged_counts
    return merges


def merge(word, pair):
    parts = []
    i = 0
    while i < len(word):
        if word[i:i + 2] == pair:
            parts.append(pair[0] + pair[1])
            i += 2
        else:
            parts.append(word[i])
            i += 1
    return tuple(parts)


def byte_letters():
    """The letter that byte-level tokenizers write for each byte, as GPT-2 has it."""
    letters = {}
    others = 0
    for value in range(256):
        if 33 <= value <= 126 or 161 <= value <= 172 or value >= 174:
            letters[value] = chr(value)
        else:
            letters[value] = chr(256 + others)
            others += 1
    return letters


def added_token(number, content, single_word=False, strips_left=False, strips_right=False, normalized=False, special=True):
    return dict(id=number, content=content, single_word=single_word, lstrip=strips_left, rstrip=strips_right, normalized=normalized, special=special)


def document(model, added, normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None):
    return dict(version="1.0", truncation=None, padding=None, added_tokens=added, normalizer=normalizer, pre_tokenizer=pre_tokenizer,
                post_processor=post_processor, decoder=decoder, model=model)


def byte_pair_model(vocabulary, merges, as_pairs=False, **others):
    settings = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False,
                    byte_fallback=False, ignore_merges=False, vocab=vocabulary,
                    merges=[list(pair) if as_pairs else ' '.join(pair) for pair in merges])
    settings.update(others)
    return settings


def byte_level(adds_space, uses_pattern):
    return dict(type="ByteLevel", add_prefix_space=adds_space, trim_offsets=True, use_regex=uses_pattern)


def split(pattern, behavior="Isolated", invert=False):
    return dict(type="Split", pattern={"Regex": pattern}, behavior=behavior, invert=invert)


def in_turn(*parts):
    return dict(type="Sequence", pretokenizers=list(parts))


def metaspace(scheme, splits):
    return dict(type="Metaspace", replacement="▁", prepend_scheme=scheme, split=splits)


def replace(old, new):
    return dict(type="Replace", pattern={"String": old}, content=new)


def template(before, after=()):
    """Puts tokens, given as (content, number), around a text."""
    def special(content):
        return {"SpecialToken": {"id": content, "type_id": 0}}

    def text(name):
        return {"Sequence": {"id": name, "type_id": 0}}

    return dict(type="TemplateProcessing",
                single=[special(content) for content, _ in before] + [text("A")] + [special(content) for content, _ in after],
                pair=[text("A"), text("B")],
                special_tokens={content: {"id": content, "ids": [number], "tokens": [content]} for content, number in [*before, *after]})


documents = {}

# Byte-level BPE, with the patterns of several families.

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
          r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK_LAST = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
                 r"|\s*[\r\n]+|\s+(?!\S)|\s+")

letters = byte_letters()
byte_words = [''.join(letters[value] for value in word.encode()) for word in re.findall(r" ?\w+| ?[^\w\s]+|\s+", TEXT)]
byte_merges = train_merges(byte_words, 110)
byte_vocabulary = {}
for letter in sorted(letters.values()):
    byte_vocabulary[letter] = len(byte_vocabulary)
for left, right in byte_merges:
    byte_vocabulary.setdefault(left + right, len(byte_vocabulary))

first_added = len(byte_vocabulary)
byte_added = [
    added_token(first_added, "<|begin|>"),
    added_token(first_added + 1, "<|end|>"),
    added_token(first_added + 2, "<x>", strips_left=True, strips_right=True, special=False),
    added_token(first_added + 3, "word", single_word=True, special=False),
    added_token(first_added + 4, "Naïve", normalized=True, special=False),
    added_token(first_added + 5, "<|begin|>2"),
]


def byte_document(normalizer, pre_tokenizer, post_processor, decoder, **model):
    return document(byte_pair_model(byte_vocabulary, byte_merges, **model), byte_added, normalizer, pre_tokenizer, post_processor, decoder)


plain = byte_level(False, False)
documents['gpt2prefix'] = byte_document(
    None,
    byte_level(True, True),
    dict(type="RobertaProcessing", sep=["<|end|>", first_added + 1], cls=["<|begin|>", first_added], trim_offsets=True, add_prefix_space=True),
    byte_level(True, True))
documents['llama3'] = byte_document(
    None,
    in_turn(split(LLAMA3), plain),
    dict(type="Sequence", processors=[byte_level(True, True), template([("<|begin|>", first_added)])]),
    byte_level(True, True),
    as_pairs=True,
    ignore_merges=True)
documents['qwen2'] = byte_document(dict(type="NFC"), in_turn(split(QWEN2), plain), plain, plain)
documents['cl100k'] = byte_document(None, in_turn(split(CL100K, "Removed", invert=True), plain), plain, plain)
documents['o200k'] = byte_document(None, in_turn(split(O200K), plain), plain, plain)
documents['deepseek'] = byte_document(
    dict(type="Sequence", normalizers=[]), in_turn(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK_LAST), plain), plain, plain)
documents['digits'] = byte_document(
    dict(type="NFD"),
    in_turn(dict(type="Digits", individual_digits=True), dict(type="Punctuation", behavior="Contiguous"), byte_level(False, True)),
    plain,
    plain)
for behavior in ["MergedWithPrevious", "MergedWithNext"]:
    documents['split' + behavior] = byte_document(dict(type="Lowercase"), in_turn(split(r"\p{P}|\s", behavior), plain), None, plain)

# SentencePiece's BPE, with bytes for what has no token, or without.

LAST_CHARACTER = 0x3000
piece_merges = train_merges(["▁" + word for word in TEXT.split()], 90)
piece_merges = [(left, right) for left, right in piece_merges if all(ord(c) < LAST_CHARACTER for c in left + right)]
piece_vocabulary = {}
for token in ["<unk>", "<s>", "</s>"]:
    piece_vocabulary[token] = len(piece_vocabulary)
for value in range(256):
    piece_vocabulary["<0x%02X>" % value] = len(piece_vocabulary)
for character in sorted(set(TEXT.replace(' ', '▁'))):
    if ord(character) < LAST_CHARACTER:
        piece_vocabulary.setdefault(character, len(piece_vocabulary))
for left, right in piece_merges:
    piece_vocabulary.setdefault(left + right, len(piece_vocabulary))
piece_added = [added_token(0, "<unk>"), added_token(1, "<s>"), added_token(2, "</s>")]
piece_model = byte_pair_model(piece_vocabulary, piece_merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
piece_template = template([("<s>", 1)])
documents['llama2'] = document(
    piece_model,
    piece_added,
    dict(type="Sequence", normalizers=[dict(type="Prepend", prepend="▁"), replace(" ", "▁")]),
    None,
    piece_template,
    dict(type="Sequence", decoders=[replace("▁", " "), dict(type="ByteFallback"), dict(type="Fuse"), dict(type="Strip", content=" ", start=1, stop=0)]))
documents['meta1'] = document(
    piece_model,
    piece_added,
    None,
    metaspace("first", False),
    piece_template,
    dict(type="Sequence", decoders=[dict(type="ByteFallback"), metaspace("first", False)]))
whole_pieces = [token for token in piece_vocabulary if not token.startswith('<0x')]
documents['unk1'] = document(
    byte_pair_model({token: number for number, token in enumerate(whole_pieces)}, piece_merges, unk_token="<unk>", fuse_unk=True),
    piece_added,
    dict(type="NFD"),
    metaspace("always", True),
    None,
    metaspace("always", True))

# WordPiece.

word_vocabulary = {token: number for number, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])}
word_added = [added_token(number, token) for token, number in word_vocabulary.items()]
uncased = ''.join(c for c in unicodedata.normalize('NFD', TEXT.lower()) if unicodedata.category(c) != 'Mn')
for character in sorted(set(uncased + TEXT)):
    if not character.isspace():
        word_vocabulary.setdefault(character, len(word_vocabulary))
        word_vocabulary.setdefault('##' + character, len(word_vocabulary))
for word, _ in collections.Counter(re.findall(r"\w+", uncased)).most_common(60):
    for length in range(2, len(word) + 1):
        if random.random() < .4:
            word_vocabulary.setdefault(word[:length], len(word_vocabulary))
        if random.random() < .3 and word[length:]:
            word_vocabulary.setdefault('##' + word[length:], len(word_vocabulary))
word_model = dict(type="WordPiece", unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=100, vocab=word_vocabulary)


def bert_normalizer(lowercase):
    return dict(type="BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lowercase)


documents['bertuncased'] = document(
    word_model,
    word_added,
    bert_normalizer(True),
    dict(type="BertPreTokenizer"),
    template([("[CLS]", 2)], [("[SEP]", 3)]),
    dict(type="WordPiece", prefix="##", cleanup=True))
documents['bertcased'] = document(
    word_model,
    word_added,
    bert_normalizer(False),
    dict(type="BertPreTokenizer"),
    dict(type="BertProcessing", sep=["[SEP]", 3], cls=["[CLS]", 2]),
    dict(type="WordPiece", prefix="##", cleanup=False))
documents['bertws'] = document(
    word_model,
    word_added,
    dict(type="Sequence", normalizers=[
        dict(type="NFD"), dict(type="StripAccents"), dict(type="Lowercase"), dict(type="Strip", strip_left=True, strip_right=True)]),
    dict(type="Whitespace"))

# BPE whose tokens say where words end.

suffix_vocabulary = {}
for character in "abcdefghijklmnopqrstuvwxyz":
    suffix_vocabulary[character] = len(suffix_vocabulary)
    suffix_vocabulary[character + "</w>"] = len(suffix_vocabulary)
suffix_merges = [("t", "h"), ("th", "e</w>"), ("a", "n"), ("an", "d</w>"), ("i", "n"), ("in", "g</w>")]
for left, right in suffix_merges:
    suffix_vocabulary.setdefault(left + right, len(suffix_vocabulary))
suffix_vocabulary["<unk>"] = len(suffix_vocabulary)
documents['suffix'] = document(
    byte_pair_model(suffix_vocabulary, suffix_merges, unk_token="<unk>", end_of_word_suffix="</w>"),
    [added_token(suffix_vocabulary["<unk>"], "<unk>")],
    dict(type="Lowercase"),
    dict(type="WhitespaceSplit"),
    None,
    dict(type="BPEDecoder", suffix="</w>"))

for name, content in documents.items():
    os.makedirs(name, exist_ok=True)
    with open(f'{name}/tokenizer.json', 'w') as file:
        json.dump(content, file, ensure_ascii=False, separators=(',', ':'))

# The texts: lines of the text, pieces that make trouble in any order, and characters from everywhere that have been assigned.

POOL = [
    " ", "  ", "\n", "\r\n", "\t", "a", "the", "don't", "I'LL", "é", "e\u0301", "Å", "Ñandú", "ﬁ", "ß", "İ", "ſ", "Σ", "ΑΣ", "你", "好", "𠀀",
    "𝒜", "𝟙", "🙂", "👩‍👩‍👧", "🇩🇪", "½", "Ⅷ", "①", "Ⓐ", "🅰", "1", "23", "4567", "٣", "!", "?", "...", "—", "«", "$", "€", "^", "_", "`", "~",
    "\u00a0", "\u200b", "\u200d", "\u2003", "\u3000", "\ufeff", "\ufffd", "\u0000", "\u0007", "\u00ad", "\ue000", "한", "각", "ᄀ", "ᅡ", "ᆨ",
    "กำ", "हिन्दी", "ａ", "<|begin|>", "<|end|>", "<x>", "word", "words", "Naïve", "<|begin|>2", "<s>", "</s>", "<unk>", "[CLS]", "[MASK]",
    "▁", "Ġ", "ing", "and", "model", "\u0345\u0301", "\u0f71\u0f72", "\u1e9b\u0323", "\u2126",
]
RANGES = [(1, 0x250), (0x300, 0x3000), (0x3000, 0xd7ff), (0xe000, 0xfffd), (0x10000, 0x1ffff)]

texts = [line for line in TEXT.split("\n") if line.strip()] + ["", "x" * 150, "a" * 110]
for _ in range(70):
    texts.append(''.join(random.choice(POOL) + random.choice(["", "", " "]) for _ in range(random.randint(1, 14))))
for _ in range(40):
    texts.append(''.join(chr(random.choice([random.randint(*bounds) for bounds in RANGES])) for _ in range(random.randint(1, 12))))
texts = [text for text in texts if all(unicodedata.category(c) != 'Cn' for c in text)] + ["tail   ", "  lead", "a  b   c"]
with open('texts.json', 'w') as file:
    json.dump(texts, file, indent=0)
