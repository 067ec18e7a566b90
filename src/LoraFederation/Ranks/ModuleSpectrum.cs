namespace LoraFederation.Ranks;

/// <summary>What a rank policy knows of one module.</summary>
/// <param name="Path">The module's path in the model.</param>
/// <param name="Rows">The rows of the update, m.</param>
/// <param name="Columns">Its columns, n.</param>
/// <param name="SingularValues">The singular values that are not zero, in descending order.</param>
public sealed record ModuleSpectrum(string Path, long Rows, long Columns, IReadOnlyList<double> SingularValues)
{
    /// <summary>Gets the number of parameters that each component takes: m + n.</summary>
    public long ParametersPerRank => checked(Rows + Columns);
}
