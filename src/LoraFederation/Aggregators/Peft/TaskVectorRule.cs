using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators.Peft;

/// <summary>How tensors of one shape become one: made sparse, then added up with weights, or elected element by element.</summary>
/// <param name="Sparsity">Which elements count.</param>
/// <param name="Density">The share that is kept, in (0, 1]; one keeps all.</param>
/// <param name="Election">What elects signs; null where all is added up.</param>
internal sealed record TaskVectorRule(TaskVectorSparsity Sparsity, double Density = 1, MajoritySign? Election = null)
{
    /// <summary>Returns a density that is in (0, 1].</summary>
    public static double CheckDensity(double value) => value is > 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A density is in (0, 1]: the share of the elements that is kept.");

    /// <summary>Prepares the pass over a session whose inputs are the tensors; trimming goes once over them first.</summary>
    /// <param name="session">The session.</param>
    /// <param name="weights">A weight for each input, of any sign and sum.</param>
    /// <param name="keys">Returns the key of an input's random draws.</param>
    public MapPass Prepare(TensorSession session, IReadOnlyList<double> weights, Func<int, PhiloxKey> keys) =>
        new TaskVectorMap(-1, Sparsify(session, weights, keys))
        {
            Consensus = Election switch
            {
                MajoritySign.Total => Consensus.UnweightedSign,
                MajoritySign.Frequency => Consensus.UnweightedMajoritySign,
                _ => Consensus.None,
            },
            Normalize = Election is not null,
            Divisor = TaskVectorDivisor.Count,
        };

    private IReadOnlyList<TaskVector> Sparsify(TensorSession session, IReadOnlyList<double> weights, Func<int, PhiloxKey> keys)
    {
        if (Sparsity == TaskVectorSparsity.None || Density >= 1)
        {
            return [.. weights.Select((weight, input) => new TaskVector(input, weight))];
        }

        if (Sparsity == TaskVectorSparsity.Random)
        {
            double scale = 1 / Sparsifier.EffectiveDensity(Density);
            return [.. weights.Select((weight, input) => new TaskVector(input, weight, Sparsifier.KeepRandom(keys(input), Density), scale))];
        }

        long kept = (long)(Density * session.Segments.ElementCount);
        if (kept == 0)
        {
            // Nothing is left: zeros, which add nothing and abstain.
            return [.. weights.Select((weight, input) => new TaskVector(input, weight, Sparsifier.KeepAll, Scale: 0))];
        }

        IReadOnlyList<ElementSelection> selections = session.SelectLargest([.. weights.Select((_, input) => new SelectionRequest(input, kept, TieRule.LowestIndex))]);
        return [.. weights.Select((weight, input) => new TaskVector(input, weight, Sparsifier.KeepSelected(selections[input])))];
    }
}
