using DataShapley.Estimators;
using DataShapley.Games;
using MathNet.Numerics.LinearAlgebra;

namespace DataShapley.Tests.Estimators;

/// <summary>The least core against all corners of its polyhedra, one linear system each.</summary>
public sealed class LeastCoreReferenceTests
{
    private const double Tolerance = 1e-8;

    [Test]
    public async Task LeastCore_OfRandomGames_IsTheBestCornerAndTheMostEqualPayment([Values(3, 4)] int players, [Range(0, 7)] int game)
    {
        // Every other game has few different values, so that many corners fall together.
        RandomSequence random = new RandomStreams(9, "games").At((players * 100) + game);
        double[] values = [.. Enumerable.Range(0, 1 << players).Select(_ => game % 2 == 0 ? random.NextBelow(4) : random.NextGaussian())];
        double[] worth = [.. values.Select(value => value - values[0])];

        ValuationResult result = await CoalitionRuns.RunAsync(new TableUtility("random", values), new LeastCoreEstimator(), values.Length);

        double subsidy = Corners(players, worth, subsidy: null).Min(corner => corner[players]);
        double squares = result.Values.Sum(value => value * value);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Facts["subsidy"], Is.EqualTo(subsidy).Within(Tolerance));
            Assert.That(result.Values.Sum(), Is.EqualTo(worth[^1]).Within(Tolerance));
            Assert.That(result.Facts["greatest_violation"], Is.LessThan(Tolerance));

            // The nearest point x to 0 of a polytope is the one with x·y ≥ x·x at each corner y.
            Assert.That(Corners(players, worth, subsidy).Min(corner => corner.Zip(result.Values, (y, x) => x * y).Sum()), Is.GreaterThan(squares - (1e-6 * (1 + squares))));
        }
    }

    // With the subsidy given, corners of the payments; without it, of payments and subsidy.
    private static IEnumerable<double[]> Corners(int players, double[] worth, double? subsidy)
    {
        int unknowns = subsidy is null ? players + 1 : players;
        foreach (int[] tight in Choices(1, worth.Length - 1, unknowns - 1))
        {
            Matrix<double> matrix = Matrix<double>.Build.Dense(unknowns, unknowns, (row, column) =>
                column == players ? (row == 0 ? 0 : 1) : row == 0 || (tight[row - 1] >> column & 1) != 0 ? 1 : 0);
            if (Math.Abs(matrix.Determinant()) < 0.5)
            {
                continue;
            }

            double[] corner = [.. matrix.Solve(Vector<double>.Build.Dense(unknowns, row => row == 0 ? worth[^1] : worth[tight[row - 1]] - (subsidy ?? 0)))];
            double paid = subsidy ?? corner[players];
            bool isFeasible = Enumerable.Range(1, worth.Length - 2).All(mask =>
                Enumerable.Range(0, players).Where(player => (mask >> player & 1) != 0).Sum(player => corner[player]) + paid >= worth[mask] - 1e-9);
            if (isFeasible)
            {
                yield return corner;
            }
        }
    }

    private static IEnumerable<int[]> Choices(int first, int end, int count)
    {
        if (count == 0)
        {
            yield return [];
            yield break;
        }

        for (int chosen = first; chosen < end; chosen++)
        {
            foreach (int[] rest in Choices(chosen + 1, end, count - 1))
            {
                yield return [chosen, .. rest];
            }
        }
    }
}
