using System.Text.Json.Nodes;
using FsCheck;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Adapters;

public sealed class LoraAdapterWriterTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void Write_OfModulesOfSeveralRanks_MakesEveryReaderScaleByOne()
    {
        using TestFolder folder = new();
        using LoraAdapterWriter writer = new();
        writer.Add("a.q_proj", LoraModuleKind.Linear, Ones(4, 3), Ones(2, 4));
        writer.Add("a.v_proj", LoraModuleKind.Linear, Ones(2, 3), Ones(5, 2));
        writer.Write(folder["out"], Device, new LoraAdapterWriterOptions { BaseModel = "org/base" });
        JsonNode config = JsonNode.Parse(File.ReadAllText(folder["out", "adapter_config.json"]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.AsObject().Select(item => item.Key), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
            Assert.That(config["r"]!.GetValue<int>(), Is.EqualTo(4));
            Assert.That(config["lora_alpha"]!.GetValue<int>(), Is.EqualTo(4));
            Assert.That(config["rank_pattern"]!.ToJsonString(), Is.EqualTo("""{"^a\\.v_proj":2}"""));
            Assert.That(config["alpha_pattern"]!.ToJsonString(), Is.EqualTo("""{"^a\\.v_proj":2}"""));
            Assert.That(config["target_modules"]!.ToJsonString(), Is.EqualTo("""["a.q_proj","a.v_proj"]"""));
            Assert.That(config["modules_to_save"], Is.Null);
            Assert.That(config["base_model_name_or_path"]!.GetValue<string>(), Is.EqualTo("org/base"));
        }

        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        Assert.That(adapter.Modules.Select(module => (module.Path, module.Rank, module.Scaling)), Is.EqualTo([("a.q_proj", 4L, 1.0), ("a.v_proj", 2L, 1.0)]));
    }

    [Test]
    public void Write_ZeroPadded_GivesAllModulesOneRank_AndTheSameProduct([Values(1, 3)] int dimensions)
    {
        using TestFolder folder = new();
        long[] kernel = [.. Enumerable.Repeat(1L, dimensions - 1)];
        using LoraAdapterWriter writer = new();
        writer.Add("a", LoraModuleKind.Linear, Ones(3, 2), Ones(2, 3));
        writer.Add("b", dimensions == 1 ? LoraModuleKind.Linear : LoraModuleKind.Convolution, HostTensor.FromSingles([1, 2], new TensorShape([1, 2, .. kernel])), HostTensor.FromSingles([3, 4], new TensorShape([2, 1, .. kernel])));
        writer.Write(folder["out"], Device, new LoraAdapterWriterOptions { Ranks = RankLayout.ZeroPadded });
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        Assert.That(adapter.TryGet("b", out LoraModule? module));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Config.ToDocument()["rank_pattern"]!.AsObject(), Is.Empty);
            Assert.That(module!.Scaling, Is.EqualTo(1));
            Assert.That(TestFile.Floats(module.A), Is.EqualTo([1f, 2, 0, 0, 0, 0]));
            Assert.That(TestFile.Floats(module.B), Is.EqualTo([3f, 0, 0, 4, 0, 0]));
        }
    }

    [Test]
    public void Write_OfWholeTensors_NamesTheirModules_AndBiasesBelowFactors()
    {
        using TestFolder folder = new();
        using HostTensor bias = HostTensor.FromSingles([1, 2], new TensorShape(2), DataType.BF16);
        using HostTensor norm = HostTensor.FromSingles([3, 4], new TensorShape(2), DataType.BF16);
        using LoraAdapterWriter writer = new();
        writer.Add("a.q_proj", LoraModuleKind.Linear, Ones(1, 3), Ones(2, 1));
        writer.AddWhole("a.q_proj.bias", bias.Source, DataType.F32);
        writer.AddWhole("a.norm.weight", norm.Source, DataType.BF16);
        writer.Write(folder["out"], Device);
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Config.Bias, Is.EqualTo("lora_only"));
            Assert.That(adapter.Config.ModulesToSave, Is.EqualTo(["a.norm"]));
            Assert.That(adapter.WholeTensors.Keys, Is.EqualTo(["a.norm.weight", "a.q_proj.bias"]));
            Assert.That(TestFile.Floats(adapter.WholeTensors["a.q_proj.bias"]), Is.EqualTo([1f, 2]));
        }
    }

    [Test]
    public void Write_IntoAFolderWithContent_ReplacesItOnlyWhenAsked_AndOnlyWeights()
    {
        using TestFolder folder = new();
        folder.Write("other/notes.txt", "keep");
        using LoraAdapterWriter writer = new();
        writer.Add("a", LoraModuleKind.Linear, Ones(1, 1), Ones(1, 1));
        writer.Write(folder["out"], Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Assert.Throws<CheckpointException>(() => writer.Write(folder["out"], Device))!.Error, Is.EqualTo(CheckpointError.OutputNotEmpty));
            Assert.That(
                Assert.Throws<CheckpointException>(() => writer.Write(folder["other"], Device, new LoraAdapterWriterOptions { Overwrite = true }))!.Error,
                Is.EqualTo(CheckpointError.OutputNotEmpty));
        }

        writer.Write(folder["out"], Device, new LoraAdapterWriterOptions { Overwrite = true });
        Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(["other", "out"]));
    }

    [Test]
    public void Write_WhileAnotherRunWrites_IsOutputInUse()
    {
        using TestFolder folder = new();
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        using LoraAdapterWriter other = new();
        other.Add("a", LoraModuleKind.Linear, Ones(1, 1), Ones(1, 1));
        CheckpointError? error = null;
        using LoraAdapterWriter writer = new();
        writer.AddWhole("a.weight", new Meanwhile(() => error = Assert.Throws<CheckpointException>(() => other.Write(folder["out"], device))!.Error), DataType.F32);
        writer.Write(folder["out"], Device);
        Assert.That(error, Is.EqualTo(CheckpointError.OutputInUse));
        Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EqualTo(["out"]));
    }

    [Test]
    public void Write_WhenATensorCannotBeRead_LeavesNothing()
    {
        using TestFolder folder = new();
        using LoraAdapterWriter writer = new();
        writer.AddWhole("a.weight", new FailingSource(), DataType.F32);
        Assert.That(() => writer.Write(folder["out"], Device), Throws.InstanceOf<IOException>().Or.InstanceOf<ModelDataException>());
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void Add_OfWhatDoesNotFit_IsRefused()
    {
        using TestFolder folder = new();
        using LoraAdapterWriter writer = new();
        using HostTensor a = Ones(2, 3);
        using HostTensor b = Ones(4, 1);
        Assert.Throws<ArgumentException>(() => writer.Add("a", LoraModuleKind.Linear, a, b));
        Assert.Throws<InvalidOperationException>(() => writer.Write(folder["out"], Device));
        writer.AddWhole("m.weight", a.Source, DataType.F32);
        Assert.Throws<ArgumentException>(() => writer.AddWhole("m.weight", a.Source, DataType.F32));
    }

    [Test]
    public void Write_OfABias_GivesTheOtherModulesZeros_AndEmbeddingsNone()
    {
        using TestFolder folder = new();
        using HostTensor factors = Ones(1, 1);
        using HostTensor halves = HostTensor.FromSingles([1, 2], new TensorShape(2, 1), DataType.BF16);
        using HostTensor bias = HostTensor.FromSingles([5], new TensorShape(1));
        using LoraAdapterWriter writer = new();
        writer.Add(new LoraModule("a", LoraModuleKind.Linear, factors.Source, factors.Source, bias: bias.Source));
        writer.Add(new LoraModule("b", LoraModuleKind.Linear, factors.Source, halves.Source));
        writer.Add(new LoraModule("c", LoraModuleKind.Embedding, factors.Source, factors.Source));
        writer.Write(folder["out"], Device);
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(adapter.Config.HasLoraBias);
            Assert.That(adapter.Config.ToDocument().Select(item => item.Key), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
            Assert.That(TestFile.Floats(adapter.Modules[0].Bias!), Is.EqualTo([5f]));
            Assert.That(adapter.Modules[1].Bias!.DataType, Is.EqualTo(DataType.BF16));
            Assert.That(adapter.Modules[1].Bias!.Shape, Is.EqualTo(new TensorShape(2)));
            Assert.That(adapter.Modules[2].Bias, Is.Null);
        }
    }

    [Test]
    public void Write_OfModulesThatNoOneConfigurationDescribes_IsRefused()
    {
        using TestFolder folder = new();
        using HostTensor factors = Ones(1, 1);
        using HostTensor magnitude = HostTensor.FromSingles([5], new TensorShape(1));
        LoraModule plain = new("a", LoraModuleKind.Linear, factors.Source, factors.Source);
        LoraModule rescaled = new("b", LoraModuleKind.Linear, factors.Source, factors.Source, magnitude: magnitude.Source);
        LoraModule transposed = new("b", LoraModuleKind.Linear, factors.Source, factors.Source, isTransposed: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Assert.Throws<InvalidOperationException>(() => _ = new LoraAdapter([plain, rescaled]))!.Message, Does.Contain("'a'").And.Contain("'b'").And.Contain("DoRA"));
            Assert.Throws<InvalidOperationException>(() => _ = new LoraAdapter([plain, transposed]));
            Assert.That(new LoraAdapter([transposed]).Config.IsFanInFanOut);
            Assert.That(new LoraAdapter([rescaled]).Config.UsesMagnitudes);
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 30)]
    public void WrittenAdapters_ReadAsTheyWere(PositiveInt rank, PositiveInt inputs, PositiveInt outputs, NonNegativeInt seed)
    {
        (int r, int n, int m) = (1 + (rank.Get % 5), 1 + (inputs.Get % 9), 1 + (outputs.Get % 9));
        Random random = new(seed.Get);
        float[] a = [.. Enumerable.Range(0, r * n).Select(_ => (float)random.NextDouble())];
        float[] b = [.. Enumerable.Range(0, m * r).Select(_ => (float)random.NextDouble())];
        using TestFolder folder = new();
        using LoraAdapterWriter writer = new();
        writer.Add("model.x", LoraModuleKind.Linear, HostTensor.FromSingles(a, new TensorShape(r, n)), HostTensor.FromSingles(b, new TensorShape(m, r)));
        writer.Write(folder["out"], Device);
        using LoraAdapter adapter = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TestFile.Floats(adapter.Modules[0].A), Is.EqualTo(a));
            Assert.That(TestFile.Floats(adapter.Modules[0].B), Is.EqualTo(b));
        }
    }

    private static HostTensor Ones(int rows, int columns) =>
        HostTensor.FromSingles([.. Enumerable.Repeat(1f, rows * columns)], new TensorShape(rows, columns));

    private sealed class FailingSource() : TensorSource(DataType.F32, new TensorShape(4))
    {
        public override void Read(long start, Span<byte> destination) => throw new IOException("gone");
    }

    private sealed class Meanwhile(Action act) : TensorSource(DataType.F32, new TensorShape(1))
    {
        public override void Read(long start, Span<byte> destination)
        {
            act();
            destination.Clear();
        }
    }
}
