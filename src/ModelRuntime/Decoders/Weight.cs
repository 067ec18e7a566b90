using ModelRuntime.Training;
using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>One tensor of a model: as it is stored, or as a parameter in F32 when it is trained.</summary>
internal sealed class Weight(string name, HostTensor stored) : IDisposable
{
    // Vectors are small and read in every pass.
    private HostTensor? _wide = stored.Shape.Rank == 1 && stored.DataType != DataType.F32 ? Floats.Widened(stored) : null;

    public string Name { get; } = name;

    public HostTensor Value { get; private set; } = stored;

    public Parameter? Parameter { get; private set; }

    /// <summary>Gets a vector's elements as floats.</summary>
    public Span<float> Singles => (_wide ?? Value).AsSpan<float>(0, checked((int)Value.Shape.ElementCount));

    /// <summary>Makes it F32, with a gradient.</summary>
    public Parameter Train()
    {
        if (Parameter is null)
        {
            if (Value.DataType != DataType.F32)
            {
                HostTensor wide = _wide ?? Floats.Widened(Value);
                _wide = null;
                Value.Dispose();
                Value = wide;
            }

            Parameter = new Parameter(Name, Value, new HostTensor(DataType.F32, Value.Shape), decays: Value.Shape.Rank > 1);
        }

        return Parameter;
    }

    public void Dispose()
    {
        Value.Dispose();
        _wide?.Dispose();
        Parameter?.Gradient.Dispose();
    }
}
