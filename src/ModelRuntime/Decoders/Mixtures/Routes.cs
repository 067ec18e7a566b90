namespace ModelRuntime.Decoders.Mixtures;

/// <summary>What a router has decided for some rows, tokens or sequences: the logits of all experts, the experts that compute, likeliest first, and their weights, which sum to 1.</summary>
internal sealed class Routes(int rows, int expertCount, int chosenCount)
{
    public int RowCount => rows;

    public int ExpertCount => expertCount;

    public int ChosenCount => chosenCount;

    public float[] Logits { get; } = new float[checked(rows * expertCount)];

    public int[] Experts { get; } = new int[checked(rows * chosenCount)];

    public float[] Weights { get; } = new float[checked(rows * chosenCount)];

    /// <summary>Gets the weights before they are rounded: experts that give the same then give it together.</summary>
    public double[] ExactWeights { get; } = new double[checked(rows * chosenCount)];

    /// <summary>Chooses the experts of a row by its logits; of equal ones the first. Their softmax is taken over the chosen ones only, which is that over all renormalised.</summary>
    public void Choose(int row)
    {
        ReadOnlySpan<float> logits = Logits.AsSpan(row * expertCount, expertCount);
        Span<int> experts = Experts.AsSpan(row * chosenCount, chosenCount);
        Span<double> powers = stackalloc double[experts.Length];
        double sum = 0;
        for (int rank = 0; rank < experts.Length; rank++)
        {
            experts[rank] = Best(logits, experts[..rank]);
            powers[rank] = Math.Exp((double)logits[experts[rank]] - logits[experts[0]]);
            sum += powers[rank];
        }

        for (int rank = 0; rank < experts.Length; rank++)
        {
            int place = (row * chosenCount) + rank;
            ExactWeights[place] = powers[rank] / sum;
            Weights[place] = (float)ExactWeights[place];
        }
    }

    /// <summary>Copies one row of others.</summary>
    public void CopyRow(int row, Routes from, int fromRow)
    {
        from.Logits.AsSpan(fromRow * expertCount, expertCount).CopyTo(Logits.AsSpan(row * expertCount));
        from.Experts.AsSpan(fromRow * chosenCount, chosenCount).CopyTo(Experts.AsSpan(row * chosenCount));
        from.Weights.AsSpan(fromRow * chosenCount, chosenCount).CopyTo(Weights.AsSpan(row * chosenCount));
        from.ExactWeights.AsSpan(fromRow * chosenCount, chosenCount).CopyTo(ExactWeights.AsSpan(row * chosenCount));
    }

    // What is not a number comes last: the weights that follow are none either, and are seen in what the model gives.
    private static int Best(ReadOnlySpan<float> logits, ReadOnlySpan<int> taken)
    {
        int best = -1;
        for (int expert = 0; expert < logits.Length; expert++)
        {
            if (!taken.Contains(expert) && (best < 0 || logits[expert] > logits[best] || (float.IsNaN(logits[best]) && !float.IsNaN(logits[expert]))))
            {
                best = expert;
            }
        }

        return best;
    }
}
