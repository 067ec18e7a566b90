using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Routers;

/// <summary>What the kinds of routers share: checks and copies of weights, and their product with a state.</summary>
internal static class RouterWeights
{
    public static float[] Copy(ReadOnlySpan<float> weights, long count, string name)
    {
        if (weights.Length != count)
        {
            throw new ArgumentException($"{weights.Length} weights; the sizes need {count}.", name);
        }

        foreach (float weight in weights)
        {
            if (!float.IsFinite(weight))
            {
                throw new ArgumentException($"A weight of a router is {weight}.", name);
            }
        }

        return weights.ToArray();
    }

    public static KeyValuePair<string, HostTensor> Tensor(string name, float[] values, params ReadOnlySpan<long> shape) =>
        KeyValuePair.Create(name, HostTensor.FromSingles(values, new TensorShape(shape)));

    // Products of floats are exact in double, so that fusing changes nothing; the order is that of the elements.
    public static double Dot(ReadOnlySpan<float> weights, ReadOnlySpan<float> state)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum = Math.FusedMultiplyAdd(weights[i], state[i], sum);
        }

        return sum;
    }

    /// <summary>Reads a matrix.</summary>
    /// <exception cref="RouterException">There is none of that name, or it is no finite matrix of floats.</exception>
    public static (float[] Values, int Rows, int Columns) ReadMatrix(TensorSet tensors, string name)
    {
        TensorSource source = Find(tensors, name);
        if (source.Shape.Rank != 2 || source.Shape.ElementCount is < 1 or > int.MaxValue / sizeof(double))
        {
            throw Invalid(source, name, "a matrix");
        }

        return (Read(source, name), (int)source.Shape[0], (int)source.Shape[1]);
    }

    /// <summary>Reads a vector.</summary>
    /// <exception cref="RouterException">There is none of that name, or it is no finite vector of floats of that length.</exception>
    public static float[] ReadVector(TensorSet tensors, string name, int length)
    {
        TensorSource source = Find(tensors, name);
        return source.Shape.Rank == 1 && source.Shape[0] == length ? Read(source, name) : throw Invalid(source, name, $"a vector of {length} numbers");
    }

    private static TensorSource Find(TensorSet tensors, string name)
    {
        if (!tensors.TryGet(name, out TensorSource? source))
        {
            throw new RouterException(RouterError.TensorMissing, $"There is no tensor '{name}' of a router.", tensorName: name, file: tensors.Folder);
        }

        return source.DataType is DataType.F16 or DataType.BF16 or DataType.F32 or DataType.F64
            ? source
            : throw new RouterException(RouterError.TensorInvalid, $"Tensor '{name}' of a router is {source.DataType.SafetensorsName}; it is F16, BF16, F32 or F64.", tensorName: name, file: tensors.Folder);
    }

    private static float[] Read(TensorSource source, string name)
    {
        float[] values = new float[source.Shape.ElementCount];
        byte[] bytes = new byte[checked(values.Length * source.DataType.Size)];
        source.Read(0, bytes);
        FloatConversion.Widen(bytes, source.DataType, values);
        return Array.TrueForAll(values, float.IsFinite)
            ? values
            : throw new RouterException(RouterError.NotFinite, $"Tensor '{name}' of a router has NaN or infinite elements.", tensorName: name);
    }

    private static RouterException Invalid(TensorSource source, string name, string expected) =>
        new(RouterError.TensorInvalid, $"Tensor '{name}' of a router has shape {source.Shape}; it is {expected}.", tensorName: name);
}
