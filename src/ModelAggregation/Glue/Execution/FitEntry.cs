using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Glue.Execution;

/// <summary>A fitted router in a file.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Accuracy">The accuracy on the prompts.</param>
/// <param name="CrossEntropy">The cross-entropy on the prompts.</param>
/// <param name="HeldOutAccuracy">The accuracy on prompts that were left out.</param>
/// <param name="IsConverged">Whether the fit has converged.</param>
internal sealed record FitEntry(int Layer, double Accuracy, double CrossEntropy, double? HeldOutAccuracy, bool IsConverged)
{
    public static FitEntry Of(RouterFit fit) => new(fit.Layer, fit.Accuracy, fit.CrossEntropy, fit.HeldOutAccuracy, fit.IsConverged);
}
