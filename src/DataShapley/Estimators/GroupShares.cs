using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Shares what groups contribute among their members, and sums the shares up, as the settings of <see cref="GroupRemovalEstimator"/> say.</summary>
internal sealed class GroupShares(GroupRemovalEstimator estimator, int players, int stepCount)
{
    private readonly PlayerMoments _moments = new(players);
    private readonly List<(double[] Shares, int[] Steps)> _samples = [];

    /// <summary>Shares one iteration.</summary>
    /// <param name="groups">The groups in their order.</param>
    /// <param name="contributions">What each contributes, as far as they are known, then what is left to the end.</param>
    /// <param name="known">How many groups' contributions are known.</param>
    /// <param name="empty">The value of nobody.</param>
    /// <param name="full">The value of everybody.</param>
    public (double[] Shares, int[] Steps) Of(int[][] groups, double[] contributions, int known, double empty, double full)
    {
        double[] shares = new double[players];
        int[] steps = new int[players];
        int left = groups.Skip(known).Sum(group => group.Length);
        for (int step = 0; step < groups.Length; step++)
        {
            // After a truncation the rest shares the rest.
            double share = step < known ? contributions[step] / groups[step].Length : contributions[known] / left;
            foreach (int player in groups[step])
            {
                shares[player] = estimator.SumsContributions ? share * groups[step].Length : share;
                steps[player] = step;
            }
        }

        if (estimator.Debias)
        {
            double mean = (full - empty) / players;
            double factor = (players - 1.0) / (stepCount - 1);
            for (int i = 0; i < shares.Length; i++)
            {
                shares[i] = mean + ((shares[i] - mean) * factor);
            }
        }

        return (shares, steps);
    }

    public void Add((double[] Shares, int[] Steps) sample)
    {
        for (int i = 0; i < players; i++)
        {
            _moments.Add(i, sample.Shares[i]);
        }

        if (estimator.Centre)
        {
            _samples.Add(sample);
        }
    }

    public Estimate ToEstimate()
    {
        Estimate estimate = _samples.Count > 1 ? Centred().ToEstimate() : _moments.ToEstimate();
        return estimator.SumsContributions
            ? estimate with
            {
                Values = [.. estimate.Values.Select((value, i) => value * estimate.Counts[i])],
                StandardErrors = [.. estimate.StandardErrors.Select((error, i) => error * estimate.Counts[i])],
            }
            : estimate;
    }

    // Each player is as likely at a step as any other: the means of the steps are a control variate whose own expectation is known.
    // A share counts in its step's mean; k/(k − 1) undoes that.
    private PlayerMoments Centred()
    {
        PlayerMoments steps = new(stepCount);
        long[] members = new long[stepCount];
        foreach ((double[] shares, int[] stepOf) in _samples)
        {
            HashSet<int> seen = [];
            for (int i = 0; i < players; i++)
            {
                members[stepOf[i]]++;
                if (seen.Add(stepOf[i]))
                {
                    steps.Add(stepOf[i], shares[i]);
                }
            }
        }

        double mean = 0;
        for (int step = 0; step < stepCount; step++)
        {
            double chance = estimator.Groups is null ? (double)members[step] / ((long)_samples.Count * players) : 1.0 / stepCount;
            mean += chance * steps.Means[step];
        }

        PlayerMoments centred = new(players);
        foreach ((double[] shares, int[] stepOf) in _samples)
        {
            for (int i = 0; i < players; i++)
            {
                double iterations = steps.Counts[stepOf[i]];
                centred.Add(i, iterations < 2 ? double.NaN : ((shares[i] - steps.Means[stepOf[i]]) * (iterations / (iterations - 1))) + mean);
            }
        }

        return centred;
    }
}
