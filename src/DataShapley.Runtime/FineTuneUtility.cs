using System.Collections.Concurrent;
using DataShapley.Games;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace DataShapley.Runtime;

/// <summary>What training examples are worth to a model: its score on a validation set after it was fine-tuned on a coalition of them. Nobody is worth the score of the model as it is.</summary>
/// <remarks>
/// <para>The value is a function of the coalition, the repetition's seed, the model and the settings, the same bits for any number of threads and evaluations at once. The
/// order of examples, dropout and the first low-rank factors are drawn from the request's seed.</para>
/// <para>Each evaluation under way has a model of its own; with low-rank factors models are kept for the next ones, trained in full they are loaded anew.</para>
/// </remarks>
public sealed class FineTuneUtility : IUtility, IDisposable
{
    private readonly ConcurrentBag<DecoderModel> _idle = [];
    private readonly TensorSet _model;
    private readonly bool _ownsModel;
    private readonly IReadOnlyList<IReadOnlyList<TrainingExample>> _players;
    private readonly AnswerMeasure _measure;
    private readonly FineTuneOptions _options;
    private volatile bool _isDisposed;

    private FineTuneUtility(
        TensorSet model, bool ownsModel, IReadOnlyList<IReadOnlyList<TrainingExample>> players, IReadOnlyList<TrainingExample> validation, FineTuneOptions? options)
    {
        _options = options ?? new FineTuneOptions();
        _model = model;
        _ownsModel = ownsModel;
        _players = [.. players.Select(examples => (IReadOnlyList<TrainingExample>)[.. examples])];
        Check(model, _players, validation);
        _measure = new AnswerMeasure(validation, _options.Training.MicroBatchTokens);
        using FineTuneIdentity identity = new();
        identity.Add(model);
        foreach (IReadOnlyList<TrainingExample> examples in _players)
        {
            identity.Add(examples);
        }

        identity.Add(validation);
        int all = _players.Sum(examples => examples.Count);
        identity.Add(_options, _options.Training.Steps ?? checked(_options.Training.Epochs * ((all + _options.Training.BatchSize - 1) / _options.Training.BatchSize)));
        Id = identity.Finish();
    }

    /// <summary>Gets a hash of the model's tensors, the examples and the settings.</summary>
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount => _players.Count;

    /// <summary>Gets [0, 1] for exact matches, null for log-likelihoods.</summary>
    public UtilityRange? Range => _options.Score == FineTuneScore.ExactMatch ? UtilityRange.Unit : null;

    /// <summary>Creates a utility whose players are examples.</summary>
    /// <param name="model">The model to fine-tune; it has to outlive the utility.</param>
    /// <param name="examples">The examples, each a player.</param>
    /// <param name="validation">What models are measured on, at least one example.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no examples, or one has a token that the model has not.</exception>
    /// <exception cref="RuntimeException">The engine cannot run the model.</exception>
    public static FineTuneUtility Create(
        TensorSet model, IReadOnlyList<TrainingExample> examples, IReadOnlyList<TrainingExample> validation, FineTuneOptions? options = null) =>
        CreateGrouped(model, Singles(examples), validation, options);

    /// <summary>Creates a utility whose players are groups of examples, such as sources or clusters: a group joins with all of them.</summary>
    /// <param name="model">The model to fine-tune; it has to outlive the utility.</param>
    /// <param name="groups">The examples of each player, at least one.</param>
    /// <param name="validation">What models are measured on, at least one example.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no groups, one is empty, or an example has a token that the model has not.</exception>
    /// <exception cref="RuntimeException">The engine cannot run the model.</exception>
    public static FineTuneUtility CreateGrouped(
        TensorSet model, IReadOnlyList<IReadOnlyList<TrainingExample>> groups, IReadOnlyList<TrainingExample> validation, FineTuneOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(validation);
        return new FineTuneUtility(model, ownsModel: false, groups, validation, options);
    }

    /// <summary>Creates a utility over the model of a folder, whose players are examples.</summary>
    /// <param name="folder">The folder of a Hugging Face model, which the utility keeps open.</param>
    /// <param name="examples">The examples, each a player.</param>
    /// <param name="validation">What models are measured on, at least one example.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no examples, or one has a token that the model has not.</exception>
    /// <exception cref="ModelDataException">The folder has no model, or none that the engine can run.</exception>
    public static FineTuneUtility Open(
        string folder, IReadOnlyList<TrainingExample> examples, IReadOnlyList<TrainingExample> validation, FineTuneOptions? options = null) =>
        OpenGrouped(folder, Singles(examples), validation, options);

    /// <summary>Creates a utility over the model of a folder, whose players are groups of examples.</summary>
    /// <param name="folder">The folder of a Hugging Face model, which the utility keeps open.</param>
    /// <param name="groups">The examples of each player, at least one.</param>
    /// <param name="validation">What models are measured on, at least one example.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no groups, one is empty, or an example has a token that the model has not.</exception>
    /// <exception cref="ModelDataException">The folder has no model, or none that the engine can run.</exception>
    public static FineTuneUtility OpenGrouped(
        string folder, IReadOnlyList<IReadOnlyList<TrainingExample>> groups, IReadOnlyList<TrainingExample> validation, FineTuneOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(validation);
        Checkpoint model = Checkpoint.Open(folder);
        try
        {
            return new FineTuneUtility(model, ownsModel: true, groups, validation, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    /// <exception cref="RuntimeException">A loss or gradient is not finite (<see cref="RuntimeError.NotFinite"/>): the learning rate is too high.</exception>
    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        double[] values = new double[requests.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(requests[i], cancellationToken);
        }

        return new ValueTask<IReadOnlyList<double>>(values);
    }

    /// <summary>Releases the models, once no evaluation is under way.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out DecoderModel? model))
        {
            model.Dispose();
        }

        if (_ownsModel)
        {
            _model.Dispose();
        }
    }

    private static List<IReadOnlyList<TrainingExample>> Singles(IReadOnlyList<TrainingExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return [.. examples.Select(example => (IReadOnlyList<TrainingExample>)[example])];
    }

    private static void Check(TensorSet model, IReadOnlyList<IReadOnlyList<TrainingExample>> players, IReadOnlyList<TrainingExample> validation)
    {
        if (players.Count == 0 || validation.Count == 0)
        {
            throw new ArgumentException(players.Count == 0 ? "There are no examples to be players." : "There are no examples to measure on.", nameof(players));
        }

        int empty = players.TakeWhile(examples => examples.Count > 0).Count();
        if (empty < players.Count)
        {
            throw new ArgumentException($"Player {empty} has no examples: leave it out, it is worth 0.", nameof(players));
        }

        int vocabulary = DecoderConfig.Read(model.Config ?? throw new RuntimeException(
            RuntimeError.ConfigInvalid, "The model has no config.json, which says what its tensors mean.", model.Folder)).VocabularySize;
        foreach (TrainingExample example in players.SelectMany(examples => examples).Concat(validation))
        {
            int place = example.Tokens.Span.IndexOfAnyExceptInRange(0, vocabulary - 1);
            if (place >= 0)
            {
                throw new ArgumentException($"An example has token {example.Tokens.Span[place]}; the model has the tokens 0 to {vocabulary - 1}.", nameof(players));
            }
        }
    }

    private double Evaluate(UtilityRequest request, CancellationToken cancellationToken)
    {
        if (!_idle.TryTake(out DecoderModel? model))
        {
            model = DecoderModel.Load(_model, new RuntimeOptions { Threads = _options.Threads });
        }

        bool isAsLoaded = false;
        try
        {
            if (!request.Coalition.IsEmpty)
            {
                Train(model, request, cancellationToken);
            }

            double score = _measure.Score(model, _options.Score, cancellationToken);
            model.DetachLora();
            isAsLoaded = _options.Lora is not null || request.Coalition.IsEmpty;
            return score;
        }
        finally
        {
            if (isAsLoaded && !_isDisposed)
            {
                _idle.Add(model);
            }
            else
            {
                model.Dispose();
            }
        }
    }

    private void Train(DecoderModel model, UtilityRequest request, CancellationToken cancellationToken)
    {
        // The settings' seed makes another game of the same coalitions.
        (uint low, uint high, _, _) = Philox.Block(request.Seed, _options.Training.Seed, default);
        ulong seed = low | ((ulong)high << 32);
        IReadOnlyList<Parameter> parameters = _options.Lora is { } lora ? model.AttachLora(lora, seed) : model.TrainAll();
        TrainingExample[] examples = [.. request.Coalition.ToArray().SelectMany(player => _players[player])];
        new DecoderTrainer(model, parameters, _options.Training with { Seed = seed }).Train(examples, cancellationToken: cancellationToken);
    }
}
