using LoraFederation.Rounds;
using ModelRuntime;
using ModelRuntime.Training;

namespace LoraFederation.Runtime;

/// <summary>The settings of a <see cref="RuntimeTrainer"/>. Immutable; adjust them with <c>with</c>.</summary>
public sealed record RuntimeTrainerOptions
{
    /// <summary>Gets how clients train.</summary>
    /// <value>The defaults of <see cref="TrainingOptions"/> by default.</value>
    /// <remarks>The seed is the task's. Checkpoints of single clients are not for runs, which ask a client again: the folder is not used.</remarks>
    public TrainingOptions Training
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets what one client trains differently, as in <c>(task, options) => options with { … }</c>.</summary>
    /// <value>Null by default: all train alike.</value>
    public Func<TrainingTask, TrainingOptions, TrainingOptions>? ForClient { get; init; }

    /// <summary>Gets what fresh adapters look like.</summary>
    /// <value>The defaults of <see cref="LoraOptions"/> by default.</value>
    /// <remarks>Rank and alpha are the task's; an adapter to go on with has its own modules, and dropout is this.</remarks>
    public LoraOptions Lora
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>Gets the seed from which a fresh adapter's A is drawn.</summary>
    /// <value>Null by default: the task's, so that every client of every round draws its own.</value>
    /// <remarks>
    /// With one seed for all clients of a round, they begin with the same A, of which lower ranks have the first rows, as if the server had sent one adapter to all: what averages
    /// factors (FedIT, zero-padding) needs that, and a sum of products (FLoRA) does not mind.
    /// </remarks>
    public Func<TrainingTask, ulong>? FactorSeed { get; init; }

    /// <summary>Gets which factor stays as it is, for methods that need that.</summary>
    /// <value><see cref="FrozenFactor.None"/> by default.</value>
    public FrozenFactor Frozen { get; init; }

    /// <summary>Gets the folder of the base model.</summary>
    /// <value>Null by default: the run's <see cref="FederatedRunOptions.BaseModel"/>, which is a folder then.</value>
    public string? BaseFolder { get; init; }

    /// <summary>Gets where models compute.</summary>
    /// <value>One thread by default: clients that train at once share the processors best so.</value>
    public RuntimeOptions Runtime
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new() { Threads = 1 };

    /// <summary>Gets how many models that no client uses are kept, so that the next need not be read again.</summary>
    /// <value>Not negative; as many as there are processors by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int IdleModels
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = Environment.ProcessorCount;
}
