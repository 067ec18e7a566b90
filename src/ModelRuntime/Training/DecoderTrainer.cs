using ModelRuntime.Decoders;

namespace ModelRuntime.Training;

/// <summary>Trains a decoder: all of its weights, or LoRA factors beside them.</summary>
/// <remarks>
/// <code>
/// IReadOnlyList&lt;Parameter&gt; parameters = model.AttachLora(new LoraOptions { Rank = 8 }, seed: 1);
/// TrainingResult result = new DecoderTrainer(model, parameters).Train(examples);
/// </code>
/// The loss is the mean over all tokens that a step learns. The same model, examples and settings give the same bytes, for any number of threads, and whether or
/// not the training was stopped and resumed in between.
/// </remarks>
public sealed class DecoderTrainer
{
    private readonly DecoderModel _model;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly TimeProvider _timeProvider;

    /// <summary>Creates a trainer.</summary>
    /// <param name="model">The model, which stays the caller's and is changed by training.</param>
    /// <param name="parameters">What is trained: what <see cref="DecoderModel.TrainAll"/> or <c>AttachLora</c> gave, or some of it; the rest stays as it is.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="timeProvider">The clock for rates; the system's when null.</param>
    /// <exception cref="ArgumentException">There are no parameters, one occurs twice, or one is none of the model's: it is another model's, or of factors that were detached.</exception>
    public DecoderTrainer(DecoderModel model, IReadOnlyList<Parameter> parameters, TrainingOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.Count == 0 || parameters.DistinctBy(parameter => parameter.Name, StringComparer.Ordinal).Count() < parameters.Count)
        {
            throw new ArgumentException("At least one parameter is trained, and none is given twice.", nameof(parameters));
        }

        HashSet<Parameter> own = [.. model.Trainable];
        if (parameters.FirstOrDefault(parameter => !own.Contains(parameter)) is { } other)
        {
            throw new ArgumentException(
                $"'{other.Name}' is none of the {own.Count} parameters that the model has now. Take them from the {nameof(DecoderModel.TrainAll)} or AttachLora of the model that is trained.",
                nameof(parameters));
        }

        _model = model;
        _parameters = [.. parameters];
        _timeProvider = timeProvider ?? TimeProvider.System;
        Options = options ?? new TrainingOptions();
    }

    /// <summary>Gets the settings.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Trains, or goes on with a training whose checkpoint is in <see cref="TrainingOptions.CheckpointFolder"/>.</summary>
    /// <param name="examples">What is learnt; at least one.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops within a step, whose work is lost; a checkpoint of the steps before is written, where checkpoints are.</param>
    /// <returns>What was done. The model has learnt it.</returns>
    /// <exception cref="ArgumentException">There are no examples, or one has a token that the model does not.</exception>
    /// <exception cref="RuntimeException">
    /// A loss or gradient is not finite (<see cref="RuntimeError.NotFinite"/>); the checkpoint is damaged, or belongs to another model, to one
    /// that began with other weights, to other examples or other settings (<see cref="RuntimeError.CheckpointInvalid"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public TrainingResult Train(
        IReadOnlyList<TrainingExample> examples, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        for (int i = 0; i < examples.Count; i++)
        {
            int place = examples[i].Tokens.Span.IndexOfAnyExceptInRange(0, _model.Config.VocabularySize - 1);
            if (place >= 0)
            {
                throw new ArgumentException(
                    $"Example {i} has token {examples[i].Tokens.Span[place]} at place {place}; the model has the tokens 0 to {_model.Config.VocabularySize - 1}.", nameof(examples));
            }
        }

        return new TrainingLoop(new DecoderGradients(_model, _parameters), Options, _timeProvider).Run(examples, progress, cancellationToken);
    }
}
