using ModelAggregation.Stacking;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

/// <summary>Stacks of trained models, computed by the engine.</summary>
public sealed class StackedModelTests
{
    private const int Layers = 3;

    private static readonly TokenBatch Prompt = TokenBatch.Of((int[])[1, .. "rev:abcde="u8.ToArray().Select(letter => (int)letter)]);

    [Test]
    public void AModelOnItself_ComputesItsOwnLayersTwice()
    {
        using MemoryTensorSet tensors = Tensors("a-reverse");
        (float[][] Hidden, float[] Logits) once = Forward(tensors);
        (float[][] Hidden, float[] Logits) twice = Stack(StackMethod.Stack, tensors, tensors);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((once.Hidden.Length, twice.Hidden.Length), Is.EqualTo((Layers + 2, (2 * Layers) + 2)));
            for (int layer = 0; layer <= Layers; layer++)
            {
                Assert.That(twice.Hidden[layer], Is.EqualTo(once.Hidden[layer]), $"state {layer}");
            }

            Assert.That(twice.Logits, Is.Not.EqualTo(once.Logits));
        }
    }

    [TestCase(StackMethod.Stack)]
    [TestCase(StackMethod.Interleave)]
    public void LayersThatAddNothing_ChangeNothing(StackMethod method)
    {
        using MemoryTensorSet tensors = Tensors("a-reverse");
        using MemoryTensorSet idle = Tensors("a-reverse", name => name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal));

        float[] expected = Forward(tensors).Logits;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Stack(method, tensors, idle).Logits, Is.EqualTo(expected));
            Assert.That(Stack(method, idle, tensors).Logits, Is.EqualTo(expected));
        }
    }

    private static (float[][] Hidden, float[] Logits) Stack(StackMethod method, MemoryTensorSet first, MemoryTensorSet second)
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            MemoryModelResolver resolver = new([KeyValuePair.Create("first", (TensorSet)first), KeyValuePair.Create("second", (TensorSet)second)]);
            new ModelStacker(resolver).Stack(new StackingRecipe { Models = ["first", "second"], Method = method }, folder);
            using Checkpoint stack = Checkpoint.Open(folder);
            return Forward(stack);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (float[][] Hidden, float[] Logits) Forward(TensorSet tensors)
    {
        using DecoderModel model = DecoderModel.Load(tensors, Zoo.OneThread);
        using DecoderOutput output = model.Forward(Prompt, new ForwardOptions { KeepsHiddenStates = true });
        return ([.. output.HiddenStates.Select(state => state.ToSingles())], output.Logits.ToSingles());
    }

    private static MemoryTensorSet Tensors(string model, Predicate<string>? isZero = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(Zoo.Path(model));
        Dictionary<string, HostTensor> tensors = new(StringComparer.Ordinal);
        foreach (string name in checkpoint.Names)
        {
            if (checkpoint.TryGet(name, out TensorSource? source))
            {
                HostTensor tensor = new(source.DataType, source.Shape);
                byte[] bytes = new byte[source.ByteLength];
                source.Read(0, bytes);
                tensor.Sink.Write(0, isZero?.Invoke(name) is true ? new byte[bytes.Length] : bytes);
                tensors.Add(name, tensor);
            }
        }

        return new MemoryTensorSet(tensors, checkpoint.Config);
    }
}
