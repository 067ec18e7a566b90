using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>The least core over some coalitions: payments that sum to the whole and the least subsidy with which no coalition is paid less than it is worth; of those payments the most equal.</summary>
/// <param name="Payments">x.</param>
/// <param name="Subsidy">e.</param>
/// <param name="GreatestViolation">By how much a coalition is paid less, subsidy included: 0 or less but for rounding.</param>
/// <param name="IsFeasible">Whether no coalition is, but for rounding.</param>
internal sealed record LeastCore(double[] Payments, double Subsidy, double GreatestViolation, bool IsFeasible)
{
    private const double Tolerance = 1e-10;
    private const double Settled = 1e-8;
    private const int MostSteps = 200;

    /// <summary>Solves.</summary>
    /// <param name="players">The number of players.</param>
    /// <param name="whole">What everybody is worth, v(∅) subtracted.</param>
    /// <param name="coalitions">Coalitions between nobody and everybody and what they are worth, v(∅) subtracted; with each coalition its complement.</param>
    /// <param name="isSubsidyNonnegative">Whether the subsidy is not below 0.</param>
    public static LeastCore Solve(int players, double whole, IReadOnlyCollection<(Coalition Coalition, double Value)> coalitions, bool isSubsidyNonnegative)
    {
        double scale = Math.Max(Math.Abs(whole), coalitions.Max(item => Math.Abs(item.Value)));
        HalfSpace efficiency = new(Coalition.Full(players), 0, whole);
        List<HalfSpace> subsidised = [efficiency, .. coalitions.Select(item => new HalfSpace(item.Coalition, 1, item.Value))];
        if (isSubsidyNonnegative)
        {
            subsidised.Add(new HalfSpace(Coalition.Empty(players), 1, 0));
        }

        double subsidy = LeastSubsidy(new PolyhedronProjection(subsidised, Tolerance * scale), players, whole, scale);
        List<HalfSpace> fixedSubsidy = [efficiency, .. coalitions.Select(item => new HalfSpace(item.Coalition, 0, item.Value - subsidy))];
        double[] point = new PolyhedronProjection(fixedSubsidy, Tolerance * scale).Project(new double[players + 1]);
        double violation = fixedSubsidy.Skip(1).Max(halfSpace => -halfSpace.Slack(point));
        return new LeastCore(point[..players], subsidy, violation, violation <= Settled * scale);
    }

    // The linear program by proximal steps: each goes down with the subsidy and back to the nearest feasible point. For a linear program finitely many
    // are enough whatever their length, and a step as long as this one needs few; a point that stays where it is is a solution.
    private static double LeastSubsidy(PolyhedronProjection projection, int players, double whole, double scale)
    {
        double[] point = new double[players + 1];
        Array.Fill(point, whole / players);
        point[players] = 2 * scale;
        for (int i = 0; i < MostSteps; i++)
        {
            double[] from = [.. point];
            from[players] -= players * scale;
            double[] next = projection.Project(from);
            double moved = next.Zip(point, (one, other) => Math.Abs(one - other)).Max();
            point = next;
            if (moved <= Tolerance * scale)
            {
                break;
            }
        }

        return point[players];
    }
}
