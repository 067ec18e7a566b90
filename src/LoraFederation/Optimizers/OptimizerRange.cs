using System.Runtime.CompilerServices;

namespace LoraFederation.Optimizers;

/// <summary>The ranges of optimisers' settings; NaN is in none.</summary>
internal static class OptimizerRange
{
    public static void CheckDecay(double value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        if (!(value >= 0 && value < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A decay is at least 0 and below 1.");
        }
    }

    public static void CheckPositive(double value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, "The value is above 0 and finite.");
        }
    }
}
