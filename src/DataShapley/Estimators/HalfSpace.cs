using System.Numerics;
using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>The payments x and subsidies e with Σ_{i ∈ players} x_i + subsidy · e ≥ bound.</summary>
internal readonly record struct HalfSpace(Coalition Players, double Subsidy, double Bound)
{
    /// <summary>Gets the square of the normal's length.</summary>
    public double SquaredNorm => Players.Size + (Subsidy * Subsidy);

    /// <summary>Computes by how much a point lies inside; negative outside.</summary>
    public double Slack(ReadOnlySpan<double> point)
    {
        double sum = Subsidy * point[^1];
        ReadOnlySpan<ulong> words = Players.Words;
        for (int i = 0; i < words.Length; i++)
        {
            for (ulong word = words[i]; word != 0; word &= word - 1)
            {
                sum += point[(i * Coalition.WordBits) + BitOperations.TrailingZeroCount(word)];
            }
        }

        return sum - Bound;
    }

    /// <summary>Moves a point along the normal.</summary>
    public void Move(Span<double> point, double step)
    {
        point[^1] += step * Subsidy;
        foreach (int player in Players.ToArray())
        {
            point[player] += step;
        }
    }

    /// <summary>Computes the scalar product of two normals.</summary>
    public double Dot(in HalfSpace other)
    {
        double common = Subsidy * other.Subsidy;
        ReadOnlySpan<ulong> words = Players.Words;
        for (int i = 0; i < words.Length; i++)
        {
            common += BitOperations.PopCount(words[i] & other.Players.Words[i]);
        }

        return common;
    }
}
