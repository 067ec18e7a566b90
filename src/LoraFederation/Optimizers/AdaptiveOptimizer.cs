using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Optimizers;

/// <summary>An optimiser with a step size of its own for each element of B, beside an A that stays the same: <c>m ← β1 m + (1 − β1) Δ</c>, then <c>η m / (√v + τ)</c> is the step.</summary>
/// <remarks>
/// Reddi et al. 2021, "Adaptive Federated Optimization" (arXiv 2003.00295), algorithm 2; v starts at τ² and nothing is corrected for the start, as there. Δ is the
/// aggregate's B. Elements of factors mean something across rounds only where A is frozen, as with <c>ffa</c>: another A is an error.
/// </remarks>
public abstract record AdaptiveOptimizer : ServerOptimizer
{
    /// <inheritdoc />
    public override int StateCount => 2;

    /// <summary>Gets η, the server's learning rate.</summary>
    /// <value>Above 0, finite; 0.01 by default.</value>
    public double LearningRate
    {
        get;
        init
        {
            OptimizerRange.CheckPositive(value);
            field = value;
        }
    }
    = 0.01;

    /// <summary>Gets β1, the decay of the mean.</summary>
    /// <value>In [0, 1); 0.9 by default.</value>
    public double MeanDecay
    {
        get;
        init
        {
            OptimizerRange.CheckDecay(value);
            field = value;
        }
    }
    = 0.9;

    /// <summary>Gets β2, the decay of the mean square.</summary>
    /// <value>In [0, 1); 0.99 by default.</value>
    public double SquareDecay
    {
        get;
        init
        {
            OptimizerRange.CheckDecay(value);
            field = value;
        }
    }
    = 0.99;

    /// <summary>Gets τ, below which sizes count as equal.</summary>
    /// <value>Above 0, finite; 0.001 by default.</value>
    public double Adaptivity
    {
        get;
        init
        {
            OptimizerRange.CheckPositive(value);
            field = value;
        }
    }
    = 0.001;

    /// <summary>Returns the next mean square of an element.</summary>
    /// <param name="square">The last one.</param>
    /// <param name="change">The square of the round's change.</param>
    protected abstract double NextSquare(double square, double change);

    /// <inheritdoc />
    protected sealed override ModuleStep StepModule(LoraModule? update, IReadOnlyList<LoraModule?> state, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(context);
        LoraModule? mean = state.Count == 0 ? null : state[0];
        LoraModule? square = state.Count == 0 ? null : state[1];
        LoraModule like = update ?? mean ?? throw new ArgumentException("A module of a step is in the aggregate or in the state.", nameof(state));
        if (update is not null && mean is not null && FrozenFactors.FindDifferent([mean.A, update.A], context) >= 0)
        {
            throw new FederationException(
                FederationError.FrozenFactorDiffers,
                $"Optimiser '{Name}' keeps a step size for each element of B beside an A that stays; that of module '{like.Path}' is not the last round's. Use 'fedavgm', or a method that freezes A.",
                module: like.Path);
        }

        double scaling = update?.Scaling ?? 0;
        Moments factor = Advance(like.B.Shape, update?.B, scaling, mean?.B, square?.B);
        bool hasBias = update?.Bias is not null || mean?.Bias is not null;
        Moments? bias = hasBias ? Advance(new TensorShape(like.B.Shape[0]), update?.Bias, scaling, mean?.Bias, square?.Bias) : null;
        return new ModuleStep(
            Module(like, factor.Step, bias?.Step),
            [Module(like, factor.Mean, bias?.Mean), Module(like, factor.Square, bias?.Square)]);
    }

    private static LoraModule Module(LoraModule like, HostTensor b, HostTensor? bias) =>
        new(like.Path, like.Kind, like.A, b.Source, 1, bias?.Source, like.IsTransposed);

    private Moments Advance(TensorShape shape, TensorSource? change, double scaling, TensorSource? mean, TensorSource? square)
    {
        float[] changes = Read(change, shape, 0);
        float[] means = Read(mean, shape, 0);
        float[] squares = Read(square, shape, (float)(Adaptivity * Adaptivity));
        float[] steps = new float[means.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            double delta = scaling * changes[i];
            double next = Math.FusedMultiplyAdd(MeanDecay, means[i], (1 - MeanDecay) * delta);
            double nextSquare = NextSquare(squares[i], delta * delta);
            means[i] = (float)next;
            squares[i] = (float)nextSquare;
            steps[i] = (float)(LearningRate * next / (Math.Sqrt(nextSquare) + Adaptivity));
        }

        return new Moments(HostTensor.FromSingles(steps, shape), HostTensor.FromSingles(means, shape), HostTensor.FromSingles(squares, shape));
    }

    private static float[] Read(TensorSource? source, TensorShape shape, float initial)
    {
        float[] values = new float[shape.ElementCount];
        if (source is null)
        {
            Array.Fill(values, initial);
        }
        else
        {
            FactorReader.ForEachPiece(source, (start, piece) => piece.CopyTo(values.AsSpan((int)start)));
        }

        return values;
    }

    private sealed record Moments(HostTensor Step, HostTensor Mean, HostTensor Square);
}
