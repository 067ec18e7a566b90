namespace DataShapley.Games;

/// <summary>The Shapley value: w(s) = 1 / (n · C(n−1, s)).</summary>
public sealed record ShapleyValue : Semivalue
{
    /// <inheritdoc />
    public override string Name => "shapley";

    /// <inheritdoc />
    public override bool IsEfficient => true;

    /// <inheritdoc />
    public override double LogWeight(int players, int size) => -Math.Log(players) - LogCount(players, size);
}
