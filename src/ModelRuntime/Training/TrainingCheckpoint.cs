using System.Globalization;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelRuntime.Training;

/// <summary>
/// The file that a training goes on from: weights, moments and the steps taken, in safetensors. Its metadata says which training it belongs to, the hash of
/// the weights that the training began with, and the hash of its content. It is written beside the last one, flushed and renamed: a training that is killed finds one or the other, whole.
/// </summary>
internal sealed class TrainingCheckpoint
{
    public const string FileName = "training.safetensors";

    private const string TemporarySuffix = ".partial";
    private const string Format = "ModelRuntime.Training/1";
    private const string HistoryName = "history";
    private const int HistoryColumns = 5;

    private readonly string _path;
    private readonly string _identity;
    private readonly AdamW _optimizer;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly List<(string Name, HostTensor Tensor)> _state = [];
    private string _start;

    public TrainingCheckpoint(string folder, string identity, IReadOnlyList<Parameter> parameters, AdamW optimizer)
    {
        _path = Path.Combine(Directory.CreateDirectory(folder).FullName, FileName);
        _identity = identity;
        _optimizer = optimizer;
        _parameters = parameters;
        _start = ContentHash(parameters.Select(parameter => (ValueName(parameter), parameter.Value.Source)));
        for (int i = 0; i < parameters.Count; i++)
        {
            _state.Add((ValueName(parameters[i]), parameters[i].Value));
            _state.Add(($"mean.{parameters[i].Name}", optimizer.Means[i]));
            _state.Add(($"square.{parameters[i].Name}", optimizer.Squares[i]));
        }
    }

    /// <summary>Writes the state after some steps.</summary>
    public void Write(IReadOnlyList<TrainingStep> history)
    {
        using HostTensor table = new(DataType.F64, new TensorShape(history.Count, HistoryColumns));
        for (int i = 0; i < history.Count; i++)
        {
            TrainingStep step = history[i];
            ((ReadOnlySpan<double>)[step.Loss, step.LearningRate, step.GradientNorm, step.Tokens, step.Labels])
                .CopyTo(table.AsSpan<double>((long)i * HistoryColumns, HistoryColumns));
        }

        (string Name, TensorSource Source)[] tensors = [.. _state.Select(entry => (entry.Name, entry.Tensor.Source)), (HistoryName, table.Source)];
        Dictionary<string, string> metadata = new(StringComparer.Ordinal)
        {
            ["format"] = Format,
            ["identity"] = _identity,
            ["start"] = _start,
            ["steps"] = history.Count.ToString(CultureInfo.InvariantCulture),
            ["sha256"] = ContentHash(tensors),
        };
        SafetensorsHeader header = SafetensorsHeader.Create(
            tensors.Select(tensor => new TensorInfo(tensor.Name, tensor.Source.DataType, tensor.Source.Shape)), metadata);
        string temporary = _path + TemporarySuffix;
        using (SafetensorsFileWriter writer = SafetensorsFileWriter.Create(temporary, header))
        {
            foreach ((string name, TensorSource source) in tensors)
            {
                TensorSink sink = writer.GetSink(name);
                TensorPieces.ForEach(source, sink.Write);
            }

            writer.Flush();
        }

        File.Move(temporary, _path, overwrite: true);
        DirectoryFlush.Flush(Path.GetDirectoryName(_path)!);
    }

    /// <summary>Puts weights, moments and steps back, or does nothing where there is no checkpoint. A checkpoint that is refused changes nothing.</summary>
    /// <exception cref="RuntimeException">The checkpoint is damaged, or another training's: the weights are neither those that it began with nor those that it has reached.</exception>
    public List<TrainingStep> Read()
    {
        if (!File.Exists(_path))
        {
            return [];
        }

        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(_path);
            int steps = CheckMetadata(file.Header.Metadata);
            (string Name, TensorSource Source)[] tensors =
            [
                .. _state.Select(entry => (entry.Name, Find(file, entry.Name, DataType.F32, entry.Tensor.Shape))),
                (HistoryName, Find(file, HistoryName, DataType.F64, new TensorShape(steps, HistoryColumns))),
            ];
            if (!string.Equals(ContentHash(tensors), file.Header.Metadata["sha256"], StringComparison.Ordinal))
            {
                throw Damaged("its tensors are not those that were written");
            }

            CheckStart(file.Header.Metadata["start"], file);
            for (int i = 0; i < _state.Count; i++)
            {
                TensorPieces.ForEach(tensors[i].Source, _state[i].Tensor.Sink.Write);
            }

            _optimizer.StepCount = steps;
            return ReadHistory(tensors[^1].Source, steps);
        }
        catch (SafetensorsException e)
        {
            throw Damaged(e.Message, e);
        }
    }

    private static string ValueName(Parameter parameter) => $"value.{parameter.Name}";

    private static string ContentHash(IEnumerable<(string Name, TensorSource Source)> tensors)
    {
        using TrainingIdentity content = new();
        foreach ((string name, TensorSource source) in tensors)
        {
            content.Add(name, source);
        }

        return content.ToText();
    }

    private static List<TrainingStep> ReadHistory(TensorSource source, int steps)
    {
        using HostTensor table = new(DataType.F64, source.Shape);
        TensorPieces.ForEach(source, table.Sink.Write);
        List<TrainingStep> history = new(steps);
        for (int i = 0; i < steps; i++)
        {
            Span<double> row = table.AsSpan<double>((long)i * HistoryColumns, HistoryColumns);
            history.Add(new TrainingStep(row[0], row[1], row[2], (int)row[3], (int)row[4]));
        }

        return history;
    }

    private int CheckMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        string? Value(string key) => metadata.TryGetValue(key, out string? value) ? value : null;
        if (!string.Equals(Value("format"), Format, StringComparison.Ordinal))
        {
            throw new RuntimeException(
                RuntimeError.CheckpointInvalid, $"'{_path}' has format '{Value("format")}', a checkpoint of a training has '{Format}'.", _path);
        }

        if (!string.Equals(Value("identity"), _identity, StringComparison.Ordinal))
        {
            throw new RuntimeException(
                RuntimeError.CheckpointInvalid,
                $"The checkpoint '{_path}' belongs to a training with another model, other examples or other settings ({Value("identity")}, this one is {_identity}). Choose another folder, or delete it.",
                _path);
        }

        return int.TryParse(Value("steps"), NumberStyles.None, CultureInfo.InvariantCulture, out int steps) && steps > 0 && Value("sha256") is not null && Value("start") is not null
            ? steps
            : throw Damaged($"it says '{Value("steps")}' steps, the hash '{Value("sha256")}' and the start '{Value("start")}'");
    }

    /// <summary>Takes over what the checkpoint began with, if the weights are those, or those of the checkpoint: the same model goes on without being loaded again.</summary>
    private void CheckStart(string start, SafetensorsFile file)
    {
        if (!string.Equals(start, _start, StringComparison.Ordinal)
            && !string.Equals(ContentHash(_parameters.Select(parameter => (ValueName(parameter), Find(file, ValueName(parameter), DataType.F32, parameter.Value.Shape)))), _start, StringComparison.Ordinal))
        {
            throw new RuntimeException(
                RuntimeError.CheckpointInvalid,
                $"The checkpoint '{_path}' belongs to a training that began with other weights ({start}, these are {_start}), and they are not those that it has reached either. Load the model or draw the factors as then, choose another folder, or delete it.",
                _path);
        }

        _start = start;
    }

    private TensorSource Find(SafetensorsFile file, string name, DataType dataType, TensorShape shape)
    {
        if (!file.TryGet(name, out TensorSource? source))
        {
            throw Damaged($"it has no tensor '{name}'", tensorName: name);
        }

        return source.DataType == dataType && source.Shape == shape
            ? source
            : throw Damaged($"tensor '{name}' is {source.DataType} {source.Shape}, not {dataType} {shape}", tensorName: name);
    }

    private RuntimeException Damaged(string what, Exception? cause = null, string? tensorName = null) =>
        new(RuntimeError.CheckpointInvalid, $"The checkpoint '{_path}' is damaged: {what}. Delete it to begin the training again.", _path, tensorName, cause);
}
