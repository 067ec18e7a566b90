namespace ModelTensors.Devices;

/// <summary>What a selection compares: a number of 0 or more for each element, computed from the inputs' differences from an origin.</summary>
/// <remarks>Keys are floats; a NaN ranks above everything.</remarks>
public abstract record SelectionKey
{
    private protected SelectionKey()
    {
    }

    /// <summary>Gets the inputs that the key is computed from.</summary>
    public abstract IReadOnlyList<int> Inputs { get; }

    /// <summary>The magnitude |input − origin|.</summary>
    /// <param name="input">The input's index.</param>
    public static SelectionKey Magnitude(int input) => new MagnitudeKey(input);

    /// <summary>The magnitude |input − origin| times a factor for each row.</summary>
    /// <param name="input">The input's index.</param>
    /// <param name="rowFactors">A factor of 0 or more for each row, a run of elements of equal length; at least one.</param>
    public static SelectionKey ScaledMagnitude(int input, ReadOnlyMemory<float> rowFactors)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rowFactors.Length, nameof(rowFactors));
        return new ScaledMagnitudeKey(input, rowFactors);
    }

    /// <summary>The population variance of input − origin over some inputs: exactly zero where they agree.</summary>
    /// <param name="inputs">The inputs' indices; at least one.</param>
    public static SelectionKey Variance(IReadOnlyList<int> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfZero(inputs.Count, nameof(inputs));
        return new VarianceKey(inputs);
    }
}

internal sealed record MagnitudeKey(int Input) : SelectionKey
{
    public override IReadOnlyList<int> Inputs => [Input];
}

internal sealed record ScaledMagnitudeKey(int Input, ReadOnlyMemory<float> RowFactors) : SelectionKey
{
    public override IReadOnlyList<int> Inputs => [Input];
}

internal sealed record VarianceKey(IReadOnlyList<int> Models) : SelectionKey
{
    public override IReadOnlyList<int> Inputs => Models;
}
