namespace ModelRuntime.Kernels;

/// <summary>The numbers of one step of AdamW that are the same for every element.</summary>
/// <param name="GradientScale">What gradients are multiplied by first: less than 1 where they are clipped.</param>
/// <param name="Beta1">The decay of the mean of gradients.</param>
/// <param name="Beta2">The decay of the mean of their squares.</param>
/// <param name="Kept">What weight decay leaves of a weight: 1 − η·λ.</param>
/// <param name="StepSize">η/(1 − β₁ᵗ).</param>
/// <param name="RootScale">1/√(1 − β₂ᵗ).</param>
/// <param name="Epsilon">What is added to the root.</param>
internal readonly record struct AdamWStep(double GradientScale, double Beta1, double Beta2, double Kept, double StepSize, double RootScale, double Epsilon);
