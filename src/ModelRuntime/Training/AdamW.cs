using ModelRuntime.Kernels;
using ModelTensors;

namespace ModelRuntime.Training;

/// <summary>AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019, algorithm 2), in the form of PyTorch's.</summary>
/// <remarks>
/// <c>p ← p·(1 − η·λ) − η/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε)</c>, with m and v the fading means of gradients and of their squares. Weights and moments are F32;
/// a step is computed in double and rounds once. It gives the same bits for any number of threads.
/// </remarks>
public sealed class AdamW : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly ParameterBlock[] _blocks;
    private readonly int _threads;

    /// <summary>Creates an optimizer with moments of zero.</summary>
    /// <param name="parameters">What it trains; it has to outlive the optimizer.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="threads">The number of threads, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no parameters, or no threads.</exception>
    public AdamW(IReadOnlyList<Parameter> parameters, AdamWOptions? options = null, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfZero(parameters.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _parameters = [.. parameters];
        _blocks = ParameterBlock.Cut(_parameters);
        _threads = threads;
        Options = options ?? new AdamWOptions();
        Means = [.. _parameters.Select(parameter => new HostTensor(DataType.F32, parameter.Value.Shape))];
        Squares = [.. _parameters.Select(parameter => new HostTensor(DataType.F32, parameter.Value.Shape))];
    }

    /// <summary>Gets the settings.</summary>
    public AdamWOptions Options { get; }

    /// <summary>Gets the number of steps taken.</summary>
    public int StepCount { get; internal set; }

    /// <summary>The fading means of gradients, one for each parameter.</summary>
    internal IReadOnlyList<HostTensor> Means { get; }

    /// <summary>The fading means of squared gradients, one for each parameter.</summary>
    internal IReadOnlyList<HostTensor> Squares { get; }

    /// <summary>Moves the parameters by one step against their gradients, which stay as they are.</summary>
    /// <param name="learningRate">η, not negative and finite.</param>
    /// <param name="gradientScale">What gradients are multiplied by first: less than 1 to clip them.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or not finite.</exception>
    public void Step(double learningRate, double gradientScale = 1)
    {
        Check(learningRate);
        Check(gradientScale);
        StepCount++;
        AdamWStep step = new(
            gradientScale,
            Options.Beta1,
            Options.Beta2,
            Kept: 1,
            learningRate / (1 - Math.Pow(Options.Beta1, StepCount)),
            1 / Math.Sqrt(1 - Math.Pow(Options.Beta2, StepCount)),
            Options.Epsilon);
        AdamWStep decaying = step with { Kept = 1 - (learningRate * Options.WeightDecay) };
        ParameterBlock.ForEach(_blocks, _threads, index =>
        {
            ParameterBlock block = _blocks[index];
            Parameter parameter = _parameters[block.Parameter];
            AdamWKernel.Apply(
                parameter.Value.AsSpan<float>(block.Start, block.Length),
                parameter.Gradient.AsSpan<float>(block.Start, block.Length),
                Means[block.Parameter].AsSpan<float>(block.Start, block.Length),
                Squares[block.Parameter].AsSpan<float>(block.Start, block.Length),
                parameter.Decays ? decaying : step);
        });
    }

    /// <summary>Releases the moments.</summary>
    public void Dispose()
    {
        foreach (HostTensor moment in Means.Concat(Squares))
        {
            moment.Dispose();
        }
    }

    private static void Check(double value)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "A learning rate or scale is not negative and finite.");
        }
    }
}
