namespace ModelAggregation.Mixture.Routers;

/// <summary>Where a minimiser ended.</summary>
/// <param name="Point">The point.</param>
/// <param name="Gradient">The largest element of the gradient there.</param>
/// <param name="Iterations">The number of steps taken.</param>
/// <param name="IsConverged">Whether the gradient is within the tolerance.</param>
internal sealed record MinimizerResult(double[] Point, double Gradient, int Iterations, bool IsConverged);
