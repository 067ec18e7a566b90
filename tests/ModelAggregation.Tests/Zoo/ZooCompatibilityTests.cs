using System.Text.Json.Nodes;
using ModelAggregation.Zoo;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Zoo;

public sealed class ZooCompatibilityTests
{
    [Test]
    public void AZoo_IsReportedInFull()
    {
        using TestFolder folder = new();
        using TestModel model = new TestModel { Config = new JsonObject { ["architectures"] = new JsonArray("LlamaForCausalLM"), ["rms_norm_eps"] = 1e-5 } }.Add("w", 1, 2);
        model.Write(folder["zoo", "a"]);
        model.Config!["rms_norm_eps"] = 1e-6;
        model.Write(folder["zoo", "b"]);
        model.Config!["rope_theta"] = 5;
        model.Add("extra", 1).Write(folder["zoo", "c"]);
        Directory.CreateDirectory(folder["zoo", "broken"]);
        File.WriteAllText(folder["zoo", "broken", "model.safetensors"], "no tensors");

        ZooCompatibility report = new(ModelZoo.Scan(folder["zoo"]));
        report.Save(folder["compatibility.json"]);

        JsonNode saved = JsonNode.Parse(File.ReadAllText(folder["compatibility.json"]))!;
        JsonArray pairs = saved["pairs"]!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Architectures.Select(group => string.Join(' ', group.Models)), Is.EqualTo((string[])["a b", "c"]));
            Assert.That(saved["models"]!.AsArray().Select(entry => $"{entry!["name"]} {entry["parameters"]} {entry["bytes"]}"), Is.EqualTo((string[])["a 2 8", "b 2 8", "c 3 12"]));
            Assert.That(saved["unreadable"]![0]!["name"]!.GetValue<string>(), Is.EqualTo("broken"));
            Assert.That(saved["unreadable"]![0]!["error"]!.GetValue<string>(), Is.Not.Empty);
            Assert.That(saved["architectures"]![0]!["models"]!.ToJsonString(), Is.EqualTo("""["a","b"]"""));
            Assert.That(pairs.Select(pair => $"{pair!["first"]}{pair["second"]} {pair["mergeable"]}"), Is.EqualTo((string[])["ab true", "ac false", "bc false"]));
            Assert.That(
                pairs[0]!["differences"]!.ToJsonString(),
                Is.EqualTo("""[{"kind":"Configuration","subject":"rms_norm_eps","first":"1E-05","second":"1E-06","blocking":false}]"""));
            Assert.That(
                pairs[2]!["differences"]!.AsArray().Select(difference => $"{difference!["kind"]} {difference["subject"]} {difference["blocking"]}"),
                Is.EqualTo((string[])["Configuration rope_theta true", "Tensor extra true"]));
        }
    }

    [Test]
    public void AZooOfOneModel_HasNoPair()
    {
        using TestFolder folder = new();
        using TestModel model = new TestModel().Add("w", 1);
        model.Write(folder["a"]);

        Assert.That(new ZooCompatibility(ModelZoo.Scan(folder.Path)).Pairs(), Is.Empty);
    }
}
