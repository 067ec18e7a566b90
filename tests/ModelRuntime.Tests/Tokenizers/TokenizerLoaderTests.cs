using System.Text.Json.Nodes;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelRuntime.Tests.Tokenizers;

public sealed class TokenizerLoaderTests
{
    [Test]
    public void Load_OfAFolderWithout_SaysWhatToDo()
    {
        using TestFolder folder = new();
        Assert.That(
            () => TokenizerLoader.Load(folder.Path),
            Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(RuntimeError.TokenizerInvalid)
                .And.Message.Contains("tokenizer.json").And.Message.Contains("vocab.txt").And.Message.Contains(nameof(CharacterTokenizer)));
    }

    [TestCase("normalizer", """{"type": "Precompiled", "precompiled_charsmap": ""}""", "Precompiled")]
    [TestCase("normalizer", """{"type": "NFKC"}""", "NFKC")]
    [TestCase("normalizer", """{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Nmt"}]}""", "Nmt")]
    [TestCase("normalizer", """{"type": "BertNormalizer", "lowercase": true, "new_thing": 1}""", "new_thing")]
    [TestCase("pre_tokenizer", """{"type": "UnicodeScripts"}""", "UnicodeScripts")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"String": "a"}, "behavior": "Kept"}""", "Kept")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\p{Han}+"}, "behavior": "Isolated"}""", "\\p{Han}")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "a\\b"}, "behavior": "Isolated"}""", "\\b")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(?:a++)*"}, "behavior": "Isolated"}""", "gives nothing back")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(?i:a(\\p{Lu}))"}, "behavior": "Isolated"}""", "\\p{Lu} in (?i:")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(?x) a"}, "behavior": "Isolated"}""", "(?x")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[a-z&&[^b]]"}, "behavior": "Isolated"}""", "a set within a class")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[🙂]"}, "behavior": "Isolated"}""", "beyond U+FFFF")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[\u0080-\uFFFF]"}, "behavior": "Isolated"}""", "U+FFFF")]
    [TestCase("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "ByteLevel"}]}""", "second time")]
    [TestCase("post_processor", """{"type": "Other"}""", "Other")]
    [TestCase("decoder", """{"type": "CTC"}""", "CTC")]
    [TestCase("model", """{"type": "Unigram", "vocab": [["a", 0]]}""", "Unigram")]
    [TestCase("model", """{"type": "WordLevel", "vocab": {"a": 0}}""", "WordLevel")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}""", "dropout")]
    public void Load_OfAFeatureThatIsNotThere_RefusesItByName(string key, string json, string named)
    {
        JsonObject document = TokenizerFolder.ByteLevel([]);
        document[key] = JsonNode.Parse(json);
        Assert.That(
            () => TokenizerFolder.Load(document),
            Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(RuntimeError.Unsupported).And.Message.Contains(named).And.Message.Contains("tokenizer.json"));
    }

    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}""", "no token 'ab'")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0, "ab": 1}, "merges": ["a b"]}""", "no token 'b'")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": ["a a", "a a a"]}""", "merge 1")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": [["a"]]}""", "merge 0")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0}}""", "merges")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}""", "'u'")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}""", "number 0")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 4194304}, "merges": []}""", "4194304")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": -1}, "merges": []}""", "-1")]
    [TestCase("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "fuse_unk": "yes"}""", "fuse_unk")]
    [TestCase("model", """{"type": "WordPiece", "vocab": {"a": 0}}""", "[UNK]")]
    [TestCase("model", """{"type": "WordPiece", "vocab": {"[UNK]": 0}, "max_input_chars_per_word": -1}""", "max_input_chars_per_word")]
    [TestCase("model", """[]""", "model")]
    [TestCase("normalizer", """3""", "normalizer")]
    [TestCase("normalizer", """{"type": "Replace", "pattern": {"String": ""}, "content": ""}""", "pattern")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}""", "without ')'")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "a{2000}"}, "behavior": "Isolated"}""", "2000")]
    [TestCase("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[b-a]"}, "behavior": "Isolated"}""", "range")]
    [TestCase("pre_tokenizer", """{"type": "Metaspace", "replacement": "ab"}""", "one character")]
    [TestCase("pre_tokenizer", """{"type": "Metaspace", "prepend_scheme": "often"}""", "often")]
    [TestCase("post_processor", """{"type": "BertProcessing", "sep": ["a", 97], "cls": ["b", 100000]}""", "100000")]
    [TestCase("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}], "special_tokens": {}}""", "<s>")]
    [TestCase("post_processor", """{"type": "TemplateProcessing", "single": [], "special_tokens": {}}""", "sequence A")]
    [TestCase("added_tokens", """[{"id": 300, "content": "x"}, {"id": 300, "content": "y"}]""", "300")]
    public void Load_OfAPartThatCannotBe_SaysWhich(string key, string json, string named)
    {
        JsonObject document = TokenizerFolder.ByteLevel([]);
        document[key] = JsonNode.Parse(json);
        Assert.That(
            () => TokenizerFolder.Load(document),
            Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(RuntimeError.TokenizerInvalid).And.Message.Contains(named).And.Message.Contains("tokenizer.json"));
    }

    [TestCase("""{"bos_token": "<s>", "eos_token": {"content": "</s>"}}""", """{"bos_token_id": 5, "pad_token_id": 7}""", 256, 257, 7)]
    [TestCase("""{"unk_token": null}""", """{"bos_token_id": 5, "eos_token_id": [9, 8], "pad_token_id": -1}""", 5, 9, null)]
    [TestCase("""{"bos_token": null, "pad_token": null}""", """{"bos_token_id": 5, "eos_token_id": 9, "pad_token_id": 7}""", null, 9, null)]
    public void Load_FindsSpecialTokens_ByNameBeforeByNumber(string names, string numbers, int? begin, int end, int? pad)
    {
        ITokenizer tokenizer = TokenizerFolder.Load(
            ("tokenizer.json", TokenizerFolder.ByteLevel([], "<s>", "</s>").ToJsonString()),
            ("tokenizer_config.json", names),
            ("config.json", numbers));
        Assert.That((tokenizer.BeginToken, tokenizer.EndToken, tokenizer.PadToken), Is.EqualTo(((int?)begin, (int?)end, pad)));
    }

    [Test]
    public void FromText_OfATokenizerThatSaysNothingBeginsATextOrNothingOfIt_AddsNoBeginToken([Values("""{"bos_token": null}""", "{}")] string names)
    {
        // The layout of Qwen 2: a number in the configuration, and a post-processor that adds nothing.
        ITokenizer tokenizer = TokenizerFolder.Load(
            ("tokenizer.json", TokenizerFolder.ByteLevel([], "<end>").ToJsonString()),
            ("tokenizer_config.json", names),
            ("config.json", """{"bos_token_id": 256, "eos_token_id": 256}"""));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.PrefixTokens, Is.Empty);
            Assert.That(tokenizer.Encode("ab"), Is.EqualTo((int[])['a', 'b']));
            Assert.That(TrainingExample.FromText(tokenizer, "a", "b").Tokens.ToArray(), Is.EqualTo((int[])['a', 'b', 256]));
        }
    }

    [TestCase("llama3")]
    [TestCase("llama2")]
    [TestCase("bertcased")]
    [TestCase("gpt2prefix")]
    public void PrefixTokens_AreWhatEncodePutsBefore(string name)
    {
        ITokenizer tokenizer = TokenizerLoader.Load(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "Tokenizers", name));
        IReadOnlyList<int> own = tokenizer.Encode("The model", addSpecialTokens: false);
        IReadOnlyList<int> whole = tokenizer.Encode("The model");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.PrefixTokens, Has.Count.EqualTo(1));
            Assert.That(whole.Take(1 + own.Count), Is.EqualTo((int[])[.. tokenizer.PrefixTokens, .. own]));
        }
    }

    [Test]
    public void Load_OfANumberOutsideOfTheVocabulary_SaysWhere() => Assert.That(
        () => TokenizerFolder.Load(("tokenizer.json", TokenizerFolder.ByteLevel([]).ToJsonString()), ("config.json", """{"eos_token_id": 256}""")),
        Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(RuntimeError.TokenizerInvalid).And.Message.Contains("256").And.Message.Contains("config.json"));

    [Test]
    public void Encode_ThatWouldFillTheMemory_IsStopped()
    {
        JsonObject document = TokenizerFolder.ByteLevel([]);
        JsonArray doublings = new([.. Enumerable.Range(0, 60).Select(_ => JsonNode.Parse("""{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}"""))]);
        document["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = doublings };
        ITokenizer tokenizer = TokenizerFolder.Load(document);
        Assert.That(() => tokenizer.Encode("aaa"), Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(RuntimeError.TokenizerInvalid));
    }

    // One place of a real document is changed for something else: it loads, or says what is wrong.
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Load_OfADocumentThatWasChanged_LoadsOrIsRefused(byte family, int place, byte kind)
    {
        string[] families = ["llama2", "llama3", "bertuncased", "meta1", "o200k"];
        string folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "Tokenizers", families[family % families.Length]);
        JsonObject document = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")))!.AsObject();
        List<JsonNode> nodes = [.. All(document, depth: 0)];
        JsonNode chosen = nodes[(place & int.MaxValue) % nodes.Count];
        JsonNode? other = (kind % 8) switch
        {
            0 => null,
            1 => JsonValue.Create(-1),
            2 => JsonValue.Create(int.MaxValue),
            3 => JsonValue.Create("\u0000x"),
            4 => new JsonObject(),
            5 => new JsonArray(),
            6 => JsonValue.Create(1e300),
            _ => JsonValue.Create(true),
        };
        if (chosen.Parent is JsonObject map)
        {
            map[chosen.GetPropertyName()] = other;
        }
        else
        {
            chosen.Parent!.AsArray()[chosen.GetElementIndex()] = other;
        }

        try
        {
            ITokenizer tokenizer = TokenizerFolder.Load(document);
            string text = tokenizer.Decode(tokenizer.Encode("<s>The merged model: 你好 🙂 12!"));
            Assert.That(text, Has.Length.LessThan(1000));
        }
        catch (ModelDataException error)
        {
            Assert.That(error.Message, Is.Not.Empty);
        }
    }

    // A few of the many tokens and merges, and all the rest.
    private static IEnumerable<JsonNode> All(JsonNode node, int depth)
    {
        IEnumerable<JsonNode> children = (node switch
        {
            JsonObject map => map.Select(item => item.Value).OfType<JsonNode>(),
            JsonArray list => list.OfType<JsonNode>(),
            _ => [],
        }).Take(depth == 0 ? 100 : 12);
        return children.SelectMany(child => All(child, depth + 1).Prepend(child));
    }
}
