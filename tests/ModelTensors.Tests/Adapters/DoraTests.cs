using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelTensors.Tests.Adapters;

/// <summary>W' = m/‖V‖ · V with V = W + s·B·A, a norm for each output.</summary>
public sealed class DoraTests
{
    private const string P = AdapterFolder.Prefix;

    // s = 1, B A = [[1,1],[0,2]].
    private static readonly (string, DataType, long[], byte[])[] Factors =
    [
        TestFile.F32(P + "layer.lora_A.weight", [2, 2], 1, 1, 0, 2), TestFile.F32(P + "layer.lora_B.weight", [2, 2], 1, 0, 0, 1),
    ];

    [TestCase("layer.lora_magnitude_vector")]
    [TestCase("layer.lora_magnitude_vector.weight")]
    [TestCase("layer.lora_magnitude_vector.default")]
    [TestCase("layer.lora_magnitude_vector.default.weight")]
    public void Linear_GetsTheNormsOfItsOutputs(string name)
    {
        // V = [[3,4],[0,5]] has the row norms 5 and 5.
        float[] actual = Read("layer.weight", [2, 2], [2, 3, 0, 3], Config(2, 2), [.. Factors, TestFile.F32(P + name, 10, 1)]);
        Assert.That(actual, Is.EqualTo([6f, 8, 0, 1]));
    }

    [Test]
    public void Linear_StoredInputsFirst_GetsTheNormsOfItsColumns()
    {
        // V as stored: the transpose of [[3,4],[0,5]].
        float[] actual = Read("layer.weight", [2, 2], [2, 0, 3, 3], Config(2, 2, ("fan_in_fan_out", true)), [.. Factors, TestFile.F32(P + "layer.lora_magnitude_vector", 10, 1)]);
        Assert.That(actual, Is.EqualTo([6f, 0, 8, 1]));
    }

    [Test]
    public void Embedding_GetsTheNormsOfItsWidth_OverAllTokens()
    {
        // Two tokens of width 1: V = [[3],[4]].
        float[] actual = Read(
            "layer.weight", [2, 1], [2, 2], Config(1, 1),
            TestFile.F32(P + "layer.lora_embedding_A", [1, 2], 1, 2), TestFile.F32(P + "layer.lora_embedding_B", [1, 1], 1), TestFile.F32(P + "layer.lora_magnitude_vector", 10));
        Assert.That(actual, Is.EqualTo([6f, 8]));
    }

    [Test]
    public void Convolution_GetsTheNormsOfItsOutputChannels()
    {
        // V = [[[0,3,0,4]],[[1,0,0,0]]] with a kernel of 4.
        float[] actual = Read(
            "layer.weight", [2, 1, 4], [0, 2, 0, 4, 1, -2, 0, 0], Config(1, 1),
            TestFile.F32(P + "layer.lora_A.weight", [1, 1, 4], 0, 1, 0, 0), TestFile.F32(P + "layer.lora_B.weight", [2, 1, 1], 1, 2), TestFile.F32(P + "layer.lora_magnitude_vector", [1, 2, 1], 10, 7));
        Assert.That(actual, Is.EqualTo([0f, 6, 0, 8, 7, 0, 0, 0]));
    }

    [Test]
    public void Read_OfAnyPiece_IsNearDoubleArithmetic_AndGivesTheSameBits([Values] bool isTransposed)
    {
        (int outputs, int inputs, int rank) = (43, 67, 5);
        Random random = new(5);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        (float[] a, float[] b, float[] w, float[] m) = (Numbers(rank * inputs), Numbers(outputs * rank), Numbers(outputs * inputs), Numbers(outputs));
        using HostTensor factorA = HostTensor.FromSingles(a, new TensorShape(rank, inputs));
        using HostTensor factorB = HostTensor.FromSingles(b, new TensorShape(outputs, rank));
        using HostTensor magnitude = HostTensor.FromSingles(m, new TensorShape(outputs));
        using HostTensor weights = HostTensor.FromSingles(w, isTransposed ? new TensorShape(inputs, outputs) : new TensorShape(outputs, inputs));
        using AdaptedModel model = new(
            new MemoryTensorSet([new("layer.weight", weights)]),
            new LoraAdapter([new LoraModule("layer", LoraModuleKind.Linear, factorA.Source, factorB.Source, 0.3, isTransposed: isTransposed, magnitude: magnitude.Source)]));
        Assert.That(model.TryGet("layer.weight", out TensorSource? source));
        float[] actual = TestFile.Floats(source!);
        for (int output = 0; output < outputs; output++)
        {
            double[] row = [.. Enumerable.Range(0, inputs).Select(input =>
                w[Index(output, input)] + (0.3 * Enumerable.Range(0, rank).Sum(k => (double)b[(output * rank) + k] * a[(k * inputs) + input])))];
            double factor = m[output] / Math.Sqrt(row.Sum(value => value * value));
            for (int input = 0; input < inputs; input++)
            {
                Assert.That(actual[Index(output, input)], Is.EqualTo(factor * row[input]).Within(1e-6), $"[{output}, {input}]");
            }
        }

        foreach (int piece in (int[])[1, 13, 67, 200])
        {
            float[] pieces = new float[actual.Length];
            for (int start = 0; start < actual.Length; start += piece)
            {
                source!.Read(start, MemoryMarshal.AsBytes(pieces.AsSpan(start, Math.Min(piece, actual.Length - start))));
            }

            Assert.That(pieces.AsSpan().SequenceEqual(actual), $"other bits in pieces of {piece}");
        }

        int Index(int output, int input) => isTransposed ? (input * outputs) + output : (output * inputs) + input;
    }

    [Test]
    public void Open_WithoutMagnitudes_IsRefusedByName()
    {
        using TestFolder folder = new();
        AdapterProblem problem = AdapterFolder.Refused(() => LoraAdapter.Open(AdapterFolder.Write(folder["a"], Config(2, 2), Factors)));
        Assert.That((problem.Error, problem.Message.Contains("lora_magnitude_vector", StringComparison.Ordinal)), Is.EqualTo((AdapterError.MissingFactor, true)));
    }

    [Test]
    public void Open_WithMagnitudesOfAnotherShape_IsRefused()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], Config(2, 2), [.. Factors, TestFile.F32(P + "layer.lora_magnitude_vector", 1, 2, 3)]);
        Assert.That(AdapterFolder.Refused(() => LoraAdapter.Open(folder["a"])).Error, Is.EqualTo(AdapterError.FactorShape));
    }

    [Test]
    public void EnsurePlain_ListsEveryModuleWithMagnitudes_AndPassesWithoutAny()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(folder["a"], Config(2, 2), [.. Factors, TestFile.F32(P + "layer.lora_magnitude_vector", 10, 1)]);
        using LoraAdapter adapter = LoraAdapter.Open(folder["a"]);
        using LoraAdapter plain = LoraAdapter.Open(AdapterFolder.Write(folder["b"], AdapterFolder.Config(2), Factors));
        AdapterProblem problem = AdapterFolder.Refused(adapter.EnsurePlain);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem.Error, Is.EqualTo(AdapterError.NotPlain));
            Assert.That(problem.Message, Does.Contain("'layer'").And.Contain("DoRA"));
            Assert.That(plain.EnsurePlain, Throws.Nothing);
        }
    }

    private static JsonObject Config(int rank, double alpha, params (string Key, JsonNode? Value)[] more) => AdapterFolder.Config(rank, alpha, [("use_dora", true), .. more]);

    private static float[] Read(string name, long[] shape, float[] weights, JsonObject config, params (string Name, DataType Type, long[] Shape, byte[] Data)[] adapter)
    {
        using TestFolder folder = new();
        using HostTensor tensor = HostTensor.FromSingles(weights, new TensorShape(shape));
        using AdaptedModel model = new(new MemoryTensorSet([new(name, tensor)]), LoraAdapter.Open(AdapterFolder.Write(folder["a"], config, adapter)));
        return model.TryGet(name, out TensorSource? source) ? TestFile.Floats(source) : [];
    }
}
