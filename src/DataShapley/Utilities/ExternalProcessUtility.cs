using System.Globalization;
using System.Text.Json;
using DataShapley.Games;
using RunKit;

namespace DataShapley.Utilities;

/// <summary>Evaluates in another process, such as a Python script that trains and measures a model: started once for each coalition, without a shell.</summary>
/// <remarks>
/// <para>The places of the command: <c>{members}</c>, a JSON file with the array of the members' indices, ascending; <c>{seed}</c>, 0 to 2⁶⁴ − 1; <c>{repeat}</c>, the repetition
/// from 0; <c>{out}</c>, a file to write the score to. <c>{members}</c> has to be there.</para>
/// <para>The score is JSON, a number or an object with a field of a number: from <c>{out}</c> where the command has that place, else the last line of the standard output that
/// is not blank. A code other than zero is a failure, with the end of the standard error as the reason. The files are temporary and are deleted.</para>
/// </remarks>
public sealed class ExternalProcessUtility : IUtility
{
    private const string Members = "members";
    private const string Out = "out";

    // It holds a number, perhaps with others beside it.
    private const int MostScoreBytes = 1 << 16;

    private static readonly string[] Places = [Members, Out, "repeat", "seed"];

    private readonly CommandTemplate _command;
    private readonly ExternalProcessUtilityOptions _options;

    /// <summary>Creates the utility.</summary>
    /// <param name="data">What tells the data, the script and its settings from others, such as a hash of them: scores are cached under it and the command.</param>
    /// <param name="playerCount">The number of players, 1 or more.</param>
    /// <param name="command">The command, such as <c>python train.py --members {members} --seed {seed} --out {out}</c>.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The command has a place that is none of a utility's, or no place for the members.</exception>
    public ExternalProcessUtility(string data, int playerCount, CommandTemplate command, ExternalProcessUtilityOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(playerCount, 1);
        ArgumentNullException.ThrowIfNull(command);
        IReadOnlyList<string> arguments = command.Fill(Places.ToDictionary(place => place, place => $"{{{place}}}", StringComparer.Ordinal));
        if (!command.Places.Contains(Members))
        {
            throw new ArgumentException("The command has no place {members}: the process would not know whom to train on.", nameof(command));
        }

        PlayerCount = playerCount;
        _command = command;
        _options = options ?? new ExternalProcessUtilityOptions();
        using UtilityFingerprint fingerprint = new();
        fingerprint.Add(data).Add(playerCount).Add(_options.Field).Add(arguments.Count);
        foreach (string argument in arguments)
        {
            fingerprint.Add(argument);
        }

        Id = fingerprint.Finish("process");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public int PlayerCount { get; }

    /// <inheritdoc />
    public bool IsDeterministic => _options.IsDeterministic;

    /// <inheritdoc />
    public UtilityRange? Range => _options.Range;

    /// <inheritdoc />
    /// <exception cref="UtilityException">The process failed or took too long, or gave no score.</exception>
    public async ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        double[] scores = new double[requests.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = await EvaluateAsync(requests[i], cancellationToken).ConfigureAwait(false);
        }

        return scores;
    }

    private async Task<double> EvaluateAsync(UtilityRequest request, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await RunAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (ProcessException e) when (attempt >= _options.Retries)
            {
                UtilityError reason = e.Error == ProcessError.TimedOut ? UtilityError.TimedOut : UtilityError.Failed;
                throw new UtilityException(reason, $"The process of '{Id}' failed for {request.Coalition}: {e.Message}", Id, request.Coalition, e);
            }
            catch (ProcessException)
            {
                // It is started again.
            }
        }
    }

    private async Task<double> RunAsync(UtilityRequest request, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("data-shapley-");
        try
        {
            string members = Path.Combine(folder.FullName, "members.json");
            string score = Path.Combine(folder.FullName, "score.json");
            await File.WriteAllTextAsync(members, $"[{string.Join(',', request.Coalition.ToArray())}]", cancellationToken).ConfigureAwait(false);
            Dictionary<string, string> values = new(StringComparer.Ordinal)
            {
                [Members] = members,
                [Out] = score,
                ["repeat"] = request.Repeat.ToString(CultureInfo.InvariantCulture),
                ["seed"] = request.Seed.ToString(CultureInfo.InvariantCulture),
            };
            ExternalCommand command = new(_command.Fill(values)) { WorkingFolder = _options.WorkingFolder, Environment = _options.Environment, TimeOut = _options.TimeOut, Time = _options.Time };
            LastLine output = new();
            await ExternalProcess.RunAsync(command, output, cancellationToken).ConfigureAwait(false);
            return Read(request.Coalition, _command.Places.Contains(Out) ? await ReadFileAsync(score, request.Coalition, cancellationToken).ConfigureAwait(false) : output.Text);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<string> ReadFileAsync(string path, Coalition coalition, CancellationToken cancellationToken)
    {
        FileInfo file = new(path);
        return file is { Exists: true, Length: <= MostScoreBytes }
            ? await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)
            : throw NoScore(coalition, file.Exists ? $"the file {{out}} has {file.Length} bytes, at most {MostScoreBytes} are read" : "it wrote no file {out}");
    }

    private double Read(Coalition coalition, string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement score = document.RootElement;
            if (score.ValueKind == JsonValueKind.Object && !score.TryGetProperty(_options.Field, out score))
            {
                throw NoScore(coalition, $"its answer has no field '{_options.Field}': {Shown(text)}");
            }

            return score.ValueKind == JsonValueKind.Number
                ? score.GetDouble()
                : throw NoScore(coalition, $"its answer is no number: {Shown(text)}");
        }
        catch (JsonException e)
        {
            throw NoScore(coalition, $"its answer is no JSON: {Shown(text)}", e);
        }
    }

    private UtilityException NoScore(Coalition coalition, string what, Exception? innerException = null) => new(
        UtilityError.Failed,
        $"The process of '{Id}' ended well for {coalition}, but {what}. It answers with a number, or an object such as {{\"{_options.Field}\": 0.5}}, {(_command.Places.Contains(Out) ? "in {out}" : "as its last line")}.",
        Id,
        coalition,
        innerException);

    private static string Shown(string text)
    {
        const int Length = 200;
        return text.Length == 0 ? "it is empty" : text.Length <= Length ? $"'{text.Trim()}'" : $"'{text[..Length]}…'";
    }

    private sealed class LastLine : IProgress<string>
    {
        public string Text { get; private set; } = string.Empty;

        public void Report(string value) => Text = string.IsNullOrWhiteSpace(value) ? Text : value;
    }
}
