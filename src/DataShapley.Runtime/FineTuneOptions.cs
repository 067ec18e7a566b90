using ModelRuntime.Training;

namespace DataShapley.Runtime;

/// <summary>How a <see cref="FineTuneUtility"/> trains and measures.</summary>
public sealed record FineTuneOptions
{
    /// <summary>Gets how a model is trained on a coalition.</summary>
    /// <value>The defaults of <see cref="TrainingOptions"/>: one epoch. With <see cref="TrainingOptions.Steps"/> a small coalition is trained as long as a large one, and
    /// differs in what it is trained on alone. It writes no checkpoints.</value>
    /// <exception cref="ArgumentException">It has a folder for checkpoints: all coalitions would share it.</exception>
    public TrainingOptions Training
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.CheckpointFolder is null
                ? value
                : throw new ArgumentException($"The training of a coalition writes no checkpoints, and '{value.CheckpointFolder}' is given: set a journal in the valuation's options instead.", nameof(value));
        }
    } = new();

    /// <summary>Gets the low-rank factors that are trained.</summary>
    /// <value>The defaults of <see cref="LoraOptions"/>; null trains all weights, of a model that is loaded anew for each coalition.</value>
    public LoraOptions? Lora { get; init; } = new();

    /// <summary>Gets what the model is measured by.</summary>
    /// <value><see cref="FineTuneScore.LogLikelihood"/> by default.</value>
    public FineTuneScore Score { get; init; }

    /// <summary>Gets the number of threads of one evaluation. It changes no value.</summary>
    /// <value>1 or more; 1 by default: for small models, several evaluations at once are faster than one on several threads.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;
}
