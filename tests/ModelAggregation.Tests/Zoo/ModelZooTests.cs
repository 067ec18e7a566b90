using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using ModelAggregation.Zoo;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelAggregation.Tests.Zoo;

public sealed class ModelZooTests
{
    private const string Up = "model.layers.0.mlp.up_proj.weight";
    private const string Embedding = "model.embed_tokens.weight";

    [Test]
    public void AFolder_IsListed_WithWhatCannotBeRead()
    {
        using TestFolder folder = new();
        using TestModel model = Model();
        model.Write(folder["b"], shards: 2);
        model.Write(folder["org", "a"]);
        Directory.CreateDirectory(folder["broken"]);
        File.WriteAllText(folder["broken", "model.safetensors"], "no tensors");
        Directory.CreateDirectory(folder["adapter"]);
        File.Copy(folder["org", "a", "model.safetensors"], folder["adapter", "adapter_model.safetensors"]);

        ModelZoo zoo = ModelZoo.Scan(folder.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(zoo.Models.Select(entry => entry.Name), Is.EqualTo((string[])["b", "org/a"]));
            Assert.That(zoo.Unreadable.Select(entry => entry.Name), Is.EqualTo((string[])["broken"]));
            Assert.That(zoo["b"].ParameterCount, Is.EqualTo(8));
            Assert.That(zoo["b"].Files, Has.Count.EqualTo(2));
            Assert.That(zoo["b"].ArchitectureKey, Is.EqualTo(zoo["org/a"].ArchitectureKey));
            Assert.That(() => zoo["c"], Throws.InstanceOf<KeyNotFoundException>().With.Message.Contains("'org/a'"));
        }
    }

    [Test, Platform("Linux,MacOsX", Reason = "Permissions are those of Unix.")]
    [UnsupportedOSPlatform("windows")]
    public void AFolderThatMayNotBeRead_IsLeftOut()
    {
        Assume.That(Environment.IsPrivilegedProcess, Is.False, "whoever may do anything may read it");
        using TestFolder folder = new();
        using TestModel model = Model();
        model.Write(folder["a"]);
        Directory.CreateDirectory(folder["lost"]);
        File.SetUnixFileMode(folder["lost"], UnixFileMode.None);

        ModelZoo zoo = ModelZoo.Scan(folder.Path);

        File.SetUnixFileMode(folder["lost"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.That(zoo.Models.Select(entry => entry.Name), Is.EqualTo((string[])["a"]));
    }

    [Test]
    public void EqualModels_HaveNoDifference()
    {
        using TestModel first = Model();
        using TestModel second = Model();
        (ModelCompatibility compatibility, bool isKeyEqual) = Compare(first, second);

        Assert.That((compatibility.Differences.Count, compatibility.IsMergeable, isKeyEqual), Is.EqualTo((0, true, true)));
    }

    [TestCase("architectures", """["LlamaForCausalLM","Other"]""")]
    [TestCase("hidden_size", "16")]
    [TestCase("num_hidden_layers", "2")]
    [TestCase("num_attention_heads", "4")]
    [TestCase("rope_theta", "1000000")]
    [TestCase("rope_scaling", """{"rope_type":"linear","factor":2}""")]
    [TestCase("head_dim", "3")]
    public void WhatWeightsAreTrainedFor_Blocks(string key, string value)
    {
        using TestModel first = Model();
        using TestModel second = Model();
        second.Config![key] = JsonNode.Parse(value);

        (ModelCompatibility compatibility, bool isKeyEqual) = Compare(first, second);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isKeyEqual, Is.False);
            Assert.That(compatibility.IsMergeable, Is.False);
            Assert.That(compatibility.Differences[0], Has.Property(nameof(CompatibilityDifference.Subject)).EqualTo(key).And.Property(nameof(CompatibilityDifference.IsBlocking)).True);
        }
    }

    [Test]
    public void AnotherSpelling_IsNoDifference()
    {
        using TestModel first = Model();
        using TestModel second = Model();
        second.Config!.Remove("rope_theta");
        second.Config["rope_parameters"] = JsonNode.Parse("""{"rope_type":"default","rope_theta":10000}""");
        second.Config["num_key_value_heads"] = 2;
        second.Config["head_dim"] = 4;
        second.Config["_name_or_path"] = "elsewhere";

        (ModelCompatibility compatibility, bool isKeyEqual) = Compare(first, second);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isKeyEqual, Is.True);
            Assert.That(compatibility.IsMergeable, Is.True);
            Assert.That(compatibility.Differences, Is.Empty);
        }
    }

    [TestCase("rope_theta", "null", "10000")]
    [TestCase("rope_theta", "10000.0", "10000")]
    [TestCase("rope_theta", "1e4", "null")]
    [TestCase("rope_scaling", """{"rope_type":"default"}""", "null")]
    [TestCase("rope_scaling", """{"type":"default"}""", "null")]
    [TestCase("rope_scaling", """{"type":"linear","factor":2.0}""", """{"factor":2,"rope_type":"linear"}""")]
    [TestCase("rope_scaling", """{"type":"linear","rope_type":"linear","factor":2}""", """{"rope_type":"linear","factor":2.0}""")]
    public void AnotherSpellingOfTheRotation_IsNoDifference(string key, string left, string right)
    {
        using TestModel first = Model();
        using TestModel second = Model();
        first.Config!["model_type"] = "llama";
        second.Config!["model_type"] = "llama";
        first.Config[key] = JsonNode.Parse(left);
        second.Config[key] = JsonNode.Parse(right);

        (ModelCompatibility compatibility, bool isKeyEqual) = Compare(first, second);

        Assert.That((isKeyEqual, compatibility.IsMergeable, compatibility.Differences.Count), Is.EqualTo((true, true, 0)));
    }

    [Test]
    public void Vocabulary_Types_AndSmallThings_DoNotBlock()
    {
        using TestModel first = Model();
        using TestModel second = new TestModel { Config = Config() }.Add(Embedding, DataType.F32, [3, 2], 1, 2, 3, 4, 5, 6).Add(Up, DataType.BF16, [2, 2], 1, 2, 3, 4);
        second.Config!["rms_norm_eps"] = 1e-6;

        (ModelCompatibility compatibility, bool isKeyEqual) = Compare(first, second);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((compatibility.IsMergeable, isKeyEqual), Is.EqualTo((true, true)));
            Assert.That(
                compatibility.Differences.Select(difference => (difference.Kind, difference.Subject)),
                Is.EquivalentTo(((CompatibilityKind, string)[])[(CompatibilityKind.Configuration, "rms_norm_eps"), (CompatibilityKind.Vocabulary, Embedding), (CompatibilityKind.DataType, Up)]));
        }
    }

    [Test]
    public void Tensors_ThatLackOrDiffer_Block()
    {
        using TestModel first = Model();
        using TestModel second = new TestModel { Config = Config() }.Add(Embedding, DataType.F32, [2, 3], 1, 2, 3, 4, 5, 6).Add("extra.weight", 1);

        (ModelCompatibility compatibility, bool isKeyEqual) = Compare(first, second);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isKeyEqual, Is.False);
            Assert.That(compatibility.Differences.Where(difference => difference.IsBlocking).Select(difference => difference.Subject), Is.EquivalentTo((string[])[Embedding, Up, "extra.weight"]));
        }
    }

    [Test]
    public void Architectures_AreClusteredApart_AndSaved()
    {
        using TestFolder folder = new();
        using TestModel model = Model();
        model.Write(folder["zoo", "a"]);
        model.Write(folder["zoo", "b"]);
        model.Config!["rope_theta"] = 5;
        model.Write(folder["zoo", "c"]);

        ZooClusters clusters = ZooClusters.Find(ModelZoo.Scan(folder["zoo"]), cacheFolder: folder.Path);
        clusters.Save(folder["clusters.json"]);

        JsonNode saved = JsonNode.Parse(File.ReadAllText(folder["clusters.json"]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(clusters.Clusters.Select(cluster => string.Join(' ', cluster.Models)), Is.EqualTo((string[])["a b", "c"]));
            Assert.That(clusters.Clusters[0].ArchitectureKey, Does.StartWith("LlamaForCausalLM-"));
            Assert.That((clusters.Similarity[0, 1], clusters.Similarity[0, 2]), Is.EqualTo((1.0, double.NaN)));
            Assert.That(saved["similarity"]![0]!.ToJsonString(), Is.EqualTo("[1,1,null]"));
            Assert.That(saved["clusters"]![1]!["models"]!.ToJsonString(), Is.EqualTo("""["c"]"""));
            Assert.That(clusters.Similarity.ToCsv(), Is.EqualTo("model,a,b,c\na,1,1,\nb,1,1,\nc,,,1\n"));
            Assert.That(Directory.GetFiles(folder.Path, "similarity-*.json"), Has.Length.EqualTo(2));
        }
    }

    [TestCase("../../../x", "_________x-")]
    [TestCase("/tmp/x", "_tmp_x-")]
    [TestCase("..\\x:y", "___x_y-")]
    public void AnArchitectureThatIsAPath_NamesAFileOfTheFolder(string architecture, string start)
    {
        using TestFolder folder = new();
        using TestModel model = Model();
        model.Config!["architectures"] = new JsonArray(architecture);
        model.Write(folder["zoo", "a"]);
        model.Write(folder["zoo", "b"]);
        Directory.CreateDirectory(folder["deep", "cache"]);

        ZooClusters clusters = ZooClusters.Find(ModelZoo.Scan(folder["zoo"]), cacheFolder: folder["deep", "cache"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(clusters.Clusters[0].ArchitectureKey, Does.StartWith(start));
            Assert.That(Directory.GetFiles(folder.Path, "*.json", SearchOption.AllDirectories).Where(file => file.Contains("similarity", StringComparison.Ordinal)).Select(Path.GetDirectoryName), Is.EqualTo((string[])[folder["deep", "cache"]]));
        }
    }

    [Test]
    public void AnArchitectureOfAnyLength_IsAName()
    {
        using TestFolder folder = new();
        using TestModel model = Model();
        model.Config!["architectures"] = new JsonArray(new string('x', 5_000));
        model.Write(folder["a"]);

        Assert.That(ModelZoo.Scan(folder.Path)["a"].ArchitectureKey, Has.Length.LessThan(100));
    }

    private static (ModelCompatibility Compatibility, bool IsKeyEqual) Compare(TestModel first, TestModel second)
    {
        using TestFolder folder = new();
        first.Write(folder["a"]);
        second.Write(folder["b"]);
        ModelZoo zoo = ModelZoo.Scan(folder.Path);
        return (ModelCompatibility.Compare(zoo["a"], zoo["b"]), string.Equals(zoo["a"].ArchitectureKey, zoo["b"].ArchitectureKey, StringComparison.Ordinal));
    }

    private static TestModel Model() => new TestModel { Config = Config() }.Add(Embedding, DataType.F32, [2, 2], 1, 2, 3, 4).Add(Up, DataType.F32, [2, 2], 1, 2, 3, 4);

    private static JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["hidden_size"] = 8,
        ["num_hidden_layers"] = 1,
        ["num_attention_heads"] = 2,
        ["rope_theta"] = 10000,
        ["rms_norm_eps"] = 1e-5,
    };
}
