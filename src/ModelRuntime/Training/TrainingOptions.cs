using ModelRuntime.Training.Schedules;

namespace ModelRuntime.Training;

/// <summary>Settings of a training.</summary>
public sealed record TrainingOptions
{
    /// <summary>Gets the peak learning rate.</summary>
    /// <value>Above 0 and finite; 2e-4 by default, which suits factors of LoRA. Full training of a large model takes less, tiny models and tiny ranks more.</value>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside of that.</exception>
    public double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A learning rate is above zero and finite.");
    } = 2e-4;

    /// <summary>Gets how the learning rate goes, warm-up included.</summary>
    /// <value>A <see cref="CosineSchedule"/> without warm-up by default.</value>
    public LearningRateSchedule Schedule
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new CosineSchedule();

    /// <summary>Gets the optimizer's decays and weight decay.</summary>
    /// <value>The defaults of <see cref="AdamWOptions"/>.</value>
    public AdamWOptions Optimizer
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the greatest Euclidean norm of all gradients taken together; longer ones are shortened to it.</summary>
    /// <value>Above 0; 1 by default. Null, or infinity, clips nothing.</value>
    /// <exception cref="ArgumentOutOfRangeException">The norm is not above zero.</exception>
    public double? MaxGradientNorm
    {
        get;
        init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A greatest norm is above zero, or null.");
    } = 1;

    /// <summary>Gets the number of examples of a step.</summary>
    /// <value>1 or more; 16 by default. The last step of an epoch takes what is left.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int BatchSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 16;

    /// <summary>Gets the number of tokens that are computed at once: a larger batch is cut into parts whose gradients add up, which bounds the memory.</summary>
    /// <value>1 or more; 4096 by default. An example that is longer is a part of its own. Results change by rounding only.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int MicroBatchTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 4096;

    /// <summary>Gets how often each example is seen.</summary>
    /// <value>1 or more; 1 by default. Ignored where <see cref="Steps"/> is set.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Epochs
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>Gets the number of steps.</summary>
    /// <value>1 or more, or null for as many as <see cref="Epochs"/> make, which is the default. Epoch follows on epoch until the steps are done.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int? Steps
    {
        get;
        init
        {
            if (value is int steps)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1, nameof(value));
            }

            field = value;
        }
    }

    /// <summary>Gets whether examples come in another order in each epoch.</summary>
    /// <value>True by default; otherwise they come as they are given.</value>
    public bool ShufflesExamples { get; init; } = true;

    /// <summary>Gets the seed of the order of examples and of dropout.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the folder of the checkpoint, which is made where it is missing. A training that finds its own checkpoint there goes on from it.</summary>
    /// <value>Null by default: nothing is written.</value>
    public string? CheckpointFolder { get; init; }

    /// <summary>Gets after how many steps a checkpoint is written; the last step always writes one.</summary>
    /// <value>1 or more; 100 by default. Ignored without <see cref="CheckpointFolder"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int CheckpointEvery
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 100;
}
