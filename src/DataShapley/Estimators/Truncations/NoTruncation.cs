namespace DataShapley.Estimators.Truncations;

/// <summary>Evaluates every step.</summary>
internal sealed record NoTruncation : TruncationPolicy
{
    public override Func<int, double, bool>? Begin(int players, double end) => null;
}
