using ModelRuntime.Decoders;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders;

internal sealed class DecoderCheckpointTests
{
    private static readonly DecoderConfig Tiny = new()
    {
        VocabularySize = 20,
        HiddenSize = 8,
        IntermediateSize = 12,
        LayerCount = 2,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadSize = 4,
        BeginToken = 1,
        EndTokens = [2],
        PadToken = 0,
    };

    [TestCase(DataType.F32)]
    [TestCase(DataType.BF16)]
    [TestCase(DataType.F16)]
    public void Load_OfWhatWasSaved_HasTheWeightsInThatType(DataType type)
    {
        using TestFolder folder = new();
        using DecoderModel model = DecoderModel.Create(Tiny, seed: 3);
        DecoderCheckpoint.Save(model, folder["model"], type);

        using DecoderModel read = DecoderModel.Load(folder["model"]);
        using MemoryTensorSet before = model.ToTensorSet();
        using Checkpoint after = Checkpoint.Open(folder["model"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Names, Is.EquivalentTo(before.Names));
            Assert.That(read.Config with { EndTokens = Tiny.EndTokens }, Is.EqualTo(Tiny));
            foreach (string name in before.Names)
            {
                Assert.That(after.TryGet(name, out TensorSource? source) && source.DataType == type, Is.True, name);
            }
        }

        DecoderCheckpoint.Save(read, folder["again"], type);
        Assert.That(File.ReadAllBytes(folder["again", "model.safetensors"]), Is.EqualTo(File.ReadAllBytes(folder["model", "model.safetensors"])));
    }

    [Test]
    public void Save_OverAModel_AsksToBeTold()
    {
        using TestFolder folder = new();
        using DecoderModel model = DecoderModel.Create(Tiny, seed: 3);
        DecoderCheckpoint.Save(model, folder["model"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => DecoderCheckpoint.Save(model, folder["model"]),
                Throws.TypeOf<CheckpointException>().With.Property(nameof(CheckpointException.Error)).EqualTo(CheckpointError.OutputNotEmpty));
            Assert.That(() => DecoderCheckpoint.Save(model, folder["model"], overwrite: true), Throws.Nothing);
            Assert.That(() => DecoderCheckpoint.Save(model, folder["other"], DataType.I64), Throws.ArgumentException);
        }
    }
}
