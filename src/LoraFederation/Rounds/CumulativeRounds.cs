using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Rounds;

/// <summary>Keeps one adapter of what all rounds added, <c>C_t = truncate(C_{t-1} + ΔW_t)</c>, for clients that join late.</summary>
/// <remarks>
/// Factors are F32, whatever the aggregates are, so that the error is what was cut and next to nothing else. Errors of rounds add up at most
/// (triangle inequality). Tensors that replace the model's are those of the last round that has them.
/// </remarks>
internal sealed class CumulativeRounds(RunContext context, int maximumRank)
{
    /// <summary>Writes the adapter after a round whose aggregate is on the disk.</summary>
    /// <param name="round">The round.</param>
    /// <param name="previous">What the round before it wrote; null before the second.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public ManifestCumulative Save(int round, ManifestCumulative? previous, CancellationToken cancellationToken)
    {
        List<LoraAdapter> parts = [];
        try
        {
            foreach (string folder in Folders(round).Where(Directory.Exists))
            {
                parts.Add(LoraAdapter.Open(folder));
            }

            using AccumulatedAdapter sum = new(context.Device, maximumRank, previous, cancellationToken);
            foreach (string path in parts.SelectMany(part => part.Modules).Select(module => module.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                LoraModule[] modules = [.. parts.Select(part => part.TryGet(path, out LoraModule? module) ? module : null).OfType<LoraModule>()];
                sum.Add(
                    [.. modules.Select(module => new LowRankTerm(module, module.Scaling))],
                    [.. modules.Where(module => module.Bias is not null).Select(module => (module.Scaling, module.Bias!))],
                    DataType.F32);
            }

            Dictionary<string, TensorSource> whole = new(StringComparer.Ordinal);
            foreach ((string name, TensorSource source) in parts.SelectMany(part => part.WholeTensors))
            {
                whole[name] = source;
            }

            LoraConfig config = parts[^1].Config;
            string target = context.Folder.InRound(round, RunFolder.Cumulative);
            sum.Save(target, whole, new LoraAdapterWriterOptions { BaseModel = config.BaseModel, TaskType = config.TaskType, IsFanInFanOut = config.IsFanInFanOut });
            context.Step("cumulative");
            return new ManifestCumulative(context.Folder.Describe(round, target), sum.Reports);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    private IEnumerable<string> Folders(int round)
    {
        if (round > 0)
        {
            yield return context.Folder.InRound(round - 1, RunFolder.Cumulative);
        }

        yield return context.Folder.InRound(round, RunFolder.Global);
        yield return context.Folder.InRound(round, RunFolder.Residual);
    }
}
