using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DataShapley.Datasets;
using DataShapley.Games;
using RunKit;

namespace DataShapley.Refinement;

/// <summary>A utility that another process computes, such as a Python script that fine-tunes and measures: it gets a file with the records of the coalition.</summary>
/// <remarks>
/// The places of the command: <c>{data}</c>, the file, in the container of the data set; <c>{seed}</c> and <c>{repeat}</c> of the request; <c>{out}</c>, a file to
/// leave the value in. The value is a JSON number, or an object with the field <see cref="ExternalUtilityOptions.ScoreField"/>: in <c>{out}</c> if the command has that
/// place, else the last line of its standard output that is not blank. Of nobody the file has no records; a command that cannot have that is
/// spared it by <see cref="EvaluationOptions.EmptyValue"/>.
/// </remarks>
public sealed class ExternalDatasetUtility : IUtility
{
    private const string OutPlace = "out";
    private const int LongestScore = 1 << 20;
    private const int ShownText = 200;

    private readonly Dataset _dataset;
    private readonly int[] _records;
    private readonly CommandTemplate _command;
    private readonly ExternalUtilityOptions _options;

    private ExternalDatasetUtility(Dataset dataset, int[] records, CommandTemplate command, ExternalUtilityOptions options, string id)
    {
        _dataset = dataset;
        _records = records;
        _command = command;
        _options = options;
        Id = id;
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount => _records.Length;

    /// <inheritdoc />
    public bool IsDeterministic => _options.IsDeterministic;

    /// <inheritdoc />
    public UtilityRange? Range => _options.Range;

    /// <summary>Creates a utility; its id is a hash of the records and the command.</summary>
    /// <param name="dataset">The data set; it must live as long as the utility.</param>
    /// <param name="records">The index of the record of each player: the proxies of clusters, say.</param>
    /// <param name="command">The command, such as <c>python tune.py --data {data} --seed {seed}</c>.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellationToken">Stops reading the records.</param>
    /// <exception cref="ArgumentException">There are no records, or the command has no place for the data, or one that is none of a utility's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such record.</exception>
    public static async Task<ExternalDatasetUtility> CreateAsync(
        Dataset dataset, IReadOnlyList<int> records, CommandTemplate command, ExternalUtilityOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(command);
        if (records.Count == 0 || !command.Places.Contains("data"))
        {
            throw new ArgumentException(records.Count == 0 ? "There are no records to be players." : "The command has no place {data}: it would not know the records.", nameof(records));
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string argument in command.Fill(Places("{data}", "{seed}", "{repeat}", "{out}")))
        {
            Dataset.Append(hash, Encoding.UTF8.GetBytes(argument));
        }

        Dataset.Append(hash, dataset.Layout.Header.Span);
        foreach (int record in records)
        {
            Dataset.Append(hash, (await dataset.GetAsync(record, cancellationToken).ConfigureAwait(false)).Bytes.Span);
        }

        return new ExternalDatasetUtility(dataset, [.. records], command, options ?? new ExternalUtilityOptions(), $"external:{Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }

    /// <inheritdoc />
    /// <exception cref="ProcessException">The process cannot be started, ends with a code other than zero, or takes too long.</exception>
    /// <exception cref="UnreadableScoreException">The process gave no value.</exception>
    public async ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        double[] values = new double[requests.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = await EvaluateAsync(requests[i], cancellationToken).ConfigureAwait(false);
        }

        return values;
    }

    private static Dictionary<string, string> Places(string data, string seed, string repeat, string output) => new(StringComparer.Ordinal)
    {
        ["data"] = data,
        ["seed"] = seed,
        ["repeat"] = repeat,
        [OutPlace] = output,
    };

    private async Task<double> EvaluateAsync(UtilityRequest request, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = CreateFolder();
        try
        {
            string data = Path.Combine(folder.FullName, _dataset.Layout.Format switch
            {
                DatasetFormat.JsonLines => "data.jsonl",
                DatasetFormat.Csv => "data.csv",
                _ => "data.json",
            });
            string output = Path.Combine(folder.FullName, "score.json");
            await _dataset.WriteAsync(data, [.. request.Coalition.ToArray().Select(player => _records[player])], cancellationToken).ConfigureAwait(false);
            IReadOnlyList<string> arguments = _command.Fill(Places(
                data, request.Seed.ToString(CultureInfo.InvariantCulture), request.Repeat.ToString(CultureInfo.InvariantCulture), output));
            ExternalCommand command = new(arguments) { WorkingFolder = _options.WorkingFolder, Environment = _options.Environment, TimeOut = _options.TimeOut };
            LastLine last = new();
            await ExternalProcess.RunAsync(command, last, cancellationToken).ConfigureAwait(false);
            return _command.Places.Contains(OutPlace)
                ? ReadScore(ReadFile(output), $"the file of {{{OutPlace}}}")
                : ReadScore(Encoding.UTF8.GetBytes(last.Text), "the last line of the standard output");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private DirectoryInfo CreateFolder()
    {
        if (_options.TemporaryFolder is not { } parent)
        {
            return Directory.CreateTempSubdirectory("datashapley-");
        }

        // A random name below the folder, as the system's own temporary folders have.
        Directory.CreateDirectory(parent);
        return Directory.CreateDirectory(Path.Combine(parent, Path.GetRandomFileName()));
    }

    private static byte[] ReadFile(string path)
    {
        FileInfo file = new(path);
        return file.Exists && file.Length <= LongestScore
            ? File.ReadAllBytes(path)
            : throw new UnreadableScoreException(
                file.Exists ? $"The command left {file.Length} bytes in the file of {{{OutPlace}}}; a value has at most {LongestScore}." : $"The command ended well, but left no file in {{{OutPlace}}}.", string.Empty);
    }

    private double ReadScore(byte[] text, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement value = document.RootElement;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(_options.ScoreField, out JsonElement named))
            {
                value = named;
            }

            return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Unreadable(text, place, null);
        }
        catch (JsonException e)
        {
            throw Unreadable(text, place, e);
        }
    }

    private UnreadableScoreException Unreadable(byte[] text, string place, JsonException? inner)
    {
        string whole = Encoding.UTF8.GetString(text);
        string shown = whole[..Math.Min(whole.Length, ShownText)];
        return new UnreadableScoreException(
            $"The command ended well, but {place} is neither a JSON number nor an object with a number '{_options.ScoreField}': {(shown.Length == 0 ? "it is empty" : shown)}", shown, inner);
    }

    private sealed class LastLine : IProgress<string>
    {
        public string Text { get; private set; } = string.Empty;

        public void Report(string value) => Text = string.IsNullOrWhiteSpace(value) ? Text : value;
    }
}
