namespace ModelTensors.Devices;

/// <summary>One task vector of a <see cref="TaskVectorMap"/>: weight · scale · sparsified (input − origin).</summary>
/// <param name="Input">The model's index among the inputs.</param>
/// <param name="Weight">The weight; it also counts in the divisor when the map normalises.</param>
/// <param name="Sparsifier">Which elements are kept.</param>
/// <param name="Scale">A factor that restores the size of what was made sparse; not part of the divisor.</param>
public sealed record TaskVector(int Input, double Weight, Sparsifier Sparsifier, double Scale = 1)
{
    /// <summary>Creates a task vector that keeps every element.</summary>
    /// <param name="input">The model's index among the inputs.</param>
    /// <param name="weight">The weight.</param>
    public TaskVector(int input, double weight = 1)
        : this(input, weight, Sparsifier.KeepAll)
    {
    }
}
