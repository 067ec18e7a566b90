using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;

namespace ModelAggregation.Tests.Mixture.Text;

public sealed class RoutedModelFolderTests
{
    private static readonly string[] Fragments = ["", "null", "1e9", "-1", "\"\"", "{}", "[]", "\"\\ud800\"", "99999999999999999999", "true", "\0", "\"../..\""];

    [Test]
    public void Saved_OpensAsItWas([Values] RouterKind kind)
    {
        using RoutedRig rig = new();
        RoutedModel model = rig.Model;
        if (kind is RouterKind.Mlp)
        {
            model = model with { Router = model.Router with { Router = new MlpRouter(2, 2, 3, [1, 2, 3, 4, 5, 6], [1, 2, 3], [6, 5, 4, 3, 2, 1], [.5f, -.5f]), MaxCharacters = null, Pooling = RouterPooling.Mean } };
        }

        RoutedModel saved = RoutedModelFolder.Save(model, rig.Folder);
        RoutedModel opened = RoutedModelFolder.Open(rig.Folder);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(opened.Experts.Select(expert => (expert.Name, expert.Folder)), Is.EqualTo(model.Experts.Select(expert => (expert.Name, expert.Folder))));
            Assert.That(opened.Experts[0].Labels, Is.EqualTo((string[])["reverse", "sort"]));
            Assert.That(opened.Experts.Select(expert => expert.Identity), Is.EqualTo(saved.Experts.Select(expert => expert.Identity)).And.Unique.And.All.Length.EqualTo(64));
            Assert.That((opened.Router.Model, opened.Router.Identity), Is.EqualTo((model.Router.Model, saved.Experts[0].Identity)));
            Assert.That((opened.Router.Layer, opened.Router.Pooling, opened.Router.MaxCharacters, opened.Router.Router.Kind), Is.EqualTo((1, model.Router.Pooling, model.Router.MaxCharacters, kind)));
            Assert.That(Weights(opened), Is.EqualTo(Weights(model)));
            Assert.That(opened.Provenance, Is.EquivalentTo(model.Provenance));
            Assert.That(() => RoutedModelFolder.EnsureUnchanged(opened), Throws.Nothing);
            Assert.That(RoutedModelFolder.IsOne(rig.Folder) && !RoutedModelFolder.IsOne(rig["models", "first"]) && !RoutedModelFolder.IsOne(null));
        }

        static float[] Weights(RoutedModel model) => [.. model.Router.Router.Tensors.SelectMany(tensor => tensor.Value.ToSingles())];
    }

    [Test]
    public void SavedTwice_IsTheSameBytes()
    {
        using RoutedRig rig = new();
        RoutedModelFolder.Save(rig.Model, rig.Folder);
        byte[][] first = [File.ReadAllBytes(rig["routed", "routed.json"]), File.ReadAllBytes(rig["routed", "router.safetensors"])];
        RoutedModelFolder.Save(rig.Model, rig.Folder);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(rig["routed", "routed.json"]), Is.EqualTo(first[0]));
            Assert.That(File.ReadAllBytes(rig["routed", "router.safetensors"]), Is.EqualTo(first[1]));
            Assert.That(Directory.GetFiles(rig.Folder), Has.Length.EqualTo(2));
        }
    }

    [Test]
    public void Paths_AreRelative_SoThatAllCanBeMoved()
    {
        using RoutedRig rig = new();
        RoutedModelFolder.Save(rig.Model, rig.Folder);
        Directory.CreateDirectory(rig["elsewhere"]);
        Directory.Move(rig["models"], rig["elsewhere", "models"]);
        Directory.Move(rig.Folder, rig["elsewhere", "routed"]);
        RoutedModel moved = RoutedModelFolder.Open(rig["elsewhere", "routed"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(JsonNode.Parse(File.ReadAllText(rig["elsewhere", "routed", "routed.json"]))!["experts"]![1]!["folder"]!.GetValue<string>(), Is.EqualTo("../models/second"));
            Assert.That(moved.Experts[1].Folder, Is.EqualTo(rig["elsewhere", "models", "second"]));
            Assert.That(() => RoutedModelFolder.EnsureUnchanged(moved), Throws.Nothing);
        }
    }

    [Test]
    public void Changes_AreFound()
    {
        using RoutedRig rig = new();
        RoutedModelFolder.Save(rig.Model, rig.Folder);
        RoutedModel opened = RoutedModelFolder.Open(rig.Folder);
        string tensors = rig["models", "second", "model.safetensors"];
        byte[] before = File.ReadAllBytes(tensors);
        File.WriteAllBytes(tensors, [.. before[..^1], (byte)(before[^1] ^ 1)]);
        RoutedModelError changed = Error(() => RoutedModelFolder.EnsureUnchanged(opened));
        File.WriteAllBytes(tensors, before);
        File.WriteAllText(rig["models", "second", "tokenizer.json"], "{}");
        RoutedModelError tokenizer = Error(() => RoutedModelFolder.EnsureUnchanged(opened));
        Directory.Delete(rig["models", "second"], recursive: true);
        RoutedModelError missing = Error(() => RoutedModelFolder.EnsureUnchanged(opened));
        File.AppendAllText(rig["routed", "router.safetensors"], " ");
        RoutedModelError router = Error(() => RoutedModelFolder.Open(rig.Folder));
        File.Delete(rig["routed", "router.safetensors"]);
        RoutedModelError none = Error(() => RoutedModelFolder.Open(rig.Folder));
        File.Delete(rig["routed", "routed.json"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(changed, Is.EqualTo(RoutedModelError.ModelChanged));
            Assert.That(tokenizer, Is.EqualTo(RoutedModelError.ModelChanged));
            Assert.That(missing, Is.EqualTo(RoutedModelError.ModelMissing));
            Assert.That((router, none), Is.EqualTo((RoutedModelError.RouterInvalid, RoutedModelError.RouterInvalid)));
            Assert.That(Error(() => RoutedModelFolder.Open(rig.Folder)), Is.EqualTo(RoutedModelError.NotFound));
        }
    }

    [Test]
    public void Models_ThatCannotBeRouted_AreRefused()
    {
        using RoutedRig rig = new();
        RoutedModel model = rig.Model;
        RoutedModelFolder.Save(model, rig.Folder);
        RoutedModel nested = model with { Experts = [model.Experts[0], new RoutedModelExpert("nested", rig.Folder)] };
        RoutedModel missing = model with { Experts = [model.Experts[0], new RoutedModelExpert("missing", rig["nowhere"])] };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Error(() => RoutedModelFolder.Save(nested, rig["other"])), Is.EqualTo(RoutedModelError.Nested));
            Assert.That(Error(() => RoutedModelFolder.Save(missing, rig["other"])), Is.EqualTo(RoutedModelError.ModelMissing));
            Assert.That(Error(() => RoutedModelFolder.Save(model, rig["models", "first"])), Is.EqualTo(RoutedModelError.FolderInUse));
            Assert.That(Directory.Exists(rig["other"]), Is.False);
            Assert.That(() => RoutedModelFolder.Save(model with { Experts = [model.Experts[0]] }, rig["other"]), Throws.ArgumentException);
            Assert.That(() => RoutedModelFolder.Save(model with { Experts = [model.Experts[0], model.Experts[0]] }, rig["other"]), Throws.ArgumentException);
        }
    }

    [TestCase("version", "2")]
    [TestCase("format", "\"other\"")]
    [TestCase("experts", "[]")]
    [TestCase("experts", "7")]
    [TestCase("router", "null")]
    [TestCase("provenance", "{\"a\": 1}")]
    public void Document_OfAnotherKind_IsRefused(string property, string value)
    {
        using RoutedRig rig = new();
        RoutedModelFolder.Save(rig.Model, rig.Folder);
        JsonNode document = JsonNode.Parse(File.ReadAllText(rig["routed", "routed.json"]))!;
        document[property] = JsonNode.Parse(value);
        File.WriteAllText(rig["routed", "routed.json"], document.ToJsonString());

        Assert.That(Error(() => RoutedModelFolder.Open(rig.Folder)), Is.EqualTo(RoutedModelError.FileInvalid));
    }

    [Test]
    public void DamagedDocument_OpensOrIsRefused()
    {
        using RoutedRig rig = new();
        RoutedModelFolder.Save(rig.Model, rig.Folder);
        string path = rig["routed", "routed.json"];
        string text = File.ReadAllText(path);
        var damages = from place in Gen.Choose(0, text.Length - 1) from length in Gen.Choose(0, 30) from fragment in Gen.Elements(Fragments) select (place, length, fragment);
        Prop.ForAll(damages.ToArbitrary(), damage =>
        {
            int end = Math.Min(text.Length, damage.place + damage.length);
            File.WriteAllText(path, string.Concat(text.AsSpan(0, damage.place), damage.fragment, text.AsSpan(end)));
            try
            {
                return RoutedModelFolder.Open(rig.Folder).Experts.Count == 2;
            }
            catch (RoutedModelException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static RoutedModelError Error(Action action) => Assert.Throws<RoutedModelException>(() => action())!.Error;
}
