namespace LoraFederation.Rounds;

/// <summary>The adapter that holds what all rounds so far added, at bounded rank, as the manifest of a round says it.</summary>
/// <param name="Files">Its files, by their paths in the round's folder; empty where the round's aggregate is this adapter.</param>
/// <param name="Modules">What it holds of each module, ordered by path.</param>
public sealed record ManifestCumulative(IReadOnlyList<ManifestFile> Files, IReadOnlyList<CumulativeModule> Modules)
{
    /// <summary>Gets the most by which the adapter differs from what all rounds added, relative to it, over all modules.</summary>
    /// <value>0 where nothing was ever cut.</value>
    public double RelativeErrorBound
    {
        get
        {
            double error = Modules.Sum(module => module.TruncationErrorBound * module.TruncationErrorBound);
            return error == 0 ? 0 : Math.Sqrt(error / Modules.Sum(module => module.Norm * module.Norm));
        }
    }
}
