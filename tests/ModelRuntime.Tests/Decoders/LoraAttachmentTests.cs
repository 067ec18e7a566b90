using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Adapters;

namespace ModelRuntime.Tests.Decoders;

/// <summary>What can stand beside a model, and what is refused before anything is changed.</summary>
public sealed class LoraAttachmentTests
{
    [Test]
    public void AttachLora_UnknownModule_IsNamed()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => model.AttachLora(new LoraOptions { TargetModules = ["q_proj", "proj"] }, 1), Throws.ArgumentException.With.Message.Contains("'proj'"));
            Assert.That(model.HasLora, Is.False);
        }
    }

    [Test]
    public void AttachLora_Fresh_ChangesNoLogit()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        TokenBatch batch = TokenBatch.Of(InvarianceTests.Tokens(9, 1));
        using DecoderOutput before = model.Forward(batch);
        IReadOnlyList<Parameter> parameters = model.AttachLora(new LoraOptions { Rank = 2 }, 5);
        using DecoderOutput after = model.Forward(batch);
        float[] drawn = parameters[0].Value.ToSingles();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Logits.ToSingles(), Is.EqualTo(before.Logits.ToSingles()));
            Assert.That(drawn.Max(Math.Abs), Is.LessThan(1 / Math.Sqrt(64)).And.GreaterThan(0.9 / Math.Sqrt(64)));
            Assert.That(parameters[1].Value.ToSingles(), Is.All.Zero);
        }
    }

    [Test]
    public void AttachLora_AdapterOfAnotherShapeOrPath_IsRefused()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        using HostTensor a = new(DataType.F32, new TensorShape(2, 64));
        using HostTensor b = new(DataType.F32, new TensorShape(65, 2));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => model.AttachLora(Adapter("model.layers.0.self_attn.q_proj", a, b)), Throws.TypeOf<RuntimeException>().With.Message.Contains("[65, 64]"));
            Assert.That(() => model.AttachLora(Adapter("model.layers.7.self_attn.q_proj", a, b)), Throws.TypeOf<RuntimeException>().With.Message.Contains("layers.7"));
            Assert.That(model.HasLora, Is.False);
        }
    }

    [Test]
    public void AttachLora_TwiceOrTrained_IsRefused()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        model.AttachLora(new LoraOptions(), 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => model.AttachLora(new LoraOptions(), 1), Throws.InvalidOperationException);
            Assert.That(() => model.TrainAll(), Throws.InvalidOperationException);
        }
    }

    [Test]
    public void Forward_CancelledPass_LeavesTheCacheAsItWas()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("qwen3"));
        int[] sequence = InvarianceTests.Tokens(20, 6);
        using KeyValueCache cache = model.CreateCache(1);
        model.Forward(TokenBatch.Of(sequence.AsMemory(0, 8)), new ForwardOptions { Cache = cache }).Dispose();
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.That(
            () => model.Forward(TokenBatch.Of(InvarianceTests.Tokens(5, 7)), new ForwardOptions { Cache = cache }, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        using DecoderOutput output = model.Forward(TokenBatch.Of(sequence.AsMemory(8)), new ForwardOptions { Cache = cache });
        using DecoderOutput whole = model.Forward(TokenBatch.Of(sequence));
        Assert.That(output.Logits.ToSingles(), Is.EqualTo(whole.Logits.ToSingles()[(8 * 160)..]));
    }

    private static LoraAdapter Adapter(string path, HostTensor a, HostTensor b) => new([new LoraModule(path, LoraModuleKind.Linear, a.Source, b.Source)]);
}
