using System.Text.Json.Nodes;
using ModelAggregation.Evaluation;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Evaluation;

public sealed class ModelCandidateTests
{
    [Test]
    public void Save_WritesTensorsConfigurationAndTokenizer()
    {
        using TestFolder folder = new();
        using TestModel model = Model();
        Directory.CreateDirectory(folder["files"]);
        File.WriteAllText(folder["files", "tokenizer.json"], "{}");
        ModelCandidate candidate = ModelCandidate.FromTensors("m", model.ToSet(), folder["files"]);

        candidate.Save(folder["saved"]);

        using Checkpoint saved = Checkpoint.Open(folder["saved"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(saved.Names, Is.EquivalentTo((string[])["a", "b"]));
            Assert.That(Bytes(saved, "a"), Is.EqualTo(Bytes(model.ToSet(), "a")));
            Assert.That(Bytes(saved, "b"), Is.EqualTo(Bytes(model.ToSet(), "b")));
            Assert.That(saved.Config!.LayerCount, Is.EqualTo(3));
            Assert.That(File.Exists(folder["saved", "tokenizer.json"]));
            Assert.That((candidate.Folder, candidate.SideFiles), Is.EqualTo(((string?)null, folder["files"])));
        }
    }

    [Test]
    public void OpenTensors_LeavesAModelInMemory()
    {
        using TestModel model = Model();
        using DisposableSet tensors = new(model.ToSet());
        ModelCandidate candidate = ModelCandidate.FromTensors("m", tensors);

        candidate.OpenTensors().Dispose();
        using TensorSet again = candidate.OpenTensors();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tensors.IsDisposed, Is.False);
            Assert.That(again.Names, Is.EqualTo((string[])["a", "b"]));
            Assert.That(again.Config!.LayerCount, Is.EqualTo(3));
        }
    }

    [Test]
    public void FromFolder_IsNamedAfterIt()
    {
        using TestFolder folder = new();
        using TestModel model = Model();
        model.Write(folder["zoo", "one"]);
        ModelCandidate candidate = ModelCandidate.FromFolder(folder["zoo", "one"] + Path.DirectorySeparatorChar);
        using TensorSet tensors = candidate.OpenTensors();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((candidate.Name, candidate.Folder, candidate.SideFiles), Is.EqualTo(("one", folder["zoo", "one"], folder["zoo", "one"])));
            Assert.That(tensors.Names, Has.Count.EqualTo(2));
        }
    }

    private static TestModel Model() => new TestModel { Config = new JsonObject { ["num_hidden_layers"] = 3 } }
        .Add("a", DataType.BF16, [700_001], Enumerable.Range(0, 700_001).Select(i => (float)(i % 251)).ToArray())
        .Add("b", 1, 2, 3);

    private static byte[] Bytes(TensorSet set, string name) => set.TryGet(name, out TensorSource? source) ? TensorBytes.Read(source) : [];

    private sealed class DisposableSet(MemoryTensorSet inner) : TensorSet
    {
        public bool IsDisposed { get; private set; }

        public override IReadOnlyCollection<string> Names => inner.Names;

        public override ModelConfig? Config => inner.Config;

        public override bool TryGet(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TensorSource? source) => inner.TryGet(name, out source);

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
