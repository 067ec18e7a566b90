using System.CommandLine;
using System.Globalization;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace FederateLora;

/// <summary>What the verbs have in common.</summary>
internal static class Verb
{
    public static Option<string> Output() => new("--out") { Description = "The folder of the adapter; it appears when the adapter is complete.", Required = true };

    public static Option<bool> Overwrite() => new("--overwrite") { Description = "Replace what is in the output folders, once the new is complete." };

    public static Option<DataType?> Type() => new("--dtype")
    {
        Description = "float32, float16 or bfloat16; that of the adapters by default.",
        CustomParser = result => result.Tokens[0].Value switch
        {
            "float32" => DataType.F32,
            "float16" => DataType.F16,
            "bfloat16" => DataType.BF16,
            _ => Fail(result, $"--dtype is float32, float16 or bfloat16, not '{result.Tokens[0].Value}'."),
        },
    };

    public static Option<int?> Rank(string name, string description)
    {
        Option<int?> option = new(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(option) is < 1)
            {
                result.AddError($"{name} is at least 1.");
            }
        });
        return option;
    }

    public static Option<double?> Energy()
    {
        Option<double?> option = new("--energy") { Description = "The share of each module's squared norm to keep, in (0, 1]." };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValue(option) is { } value && value is not (> 0 and <= 1))
            {
                result.AddError("--energy is in (0, 1].");
            }
        });
        return option;
    }

    /// <summary>Sets what a command does; whatever goes wrong becomes one message and an exit code.</summary>
    public static void Runs(this Command command, Action<ParseResult, CancellationToken> action) =>
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Guard(() => action(parsed, cancellationToken))));

    /// <summary>Splits <c>NAME:NUMBER</c> at the last colon, where a number follows it; a drive's colon is left alone.</summary>
    public static (string Name, string? Number) Split(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? (text[..colon], text[(colon + 1)..])
            : (text, null);
    }

    /// <summary>Writes an adapter and says so.</summary>
    public static void Save(LoraAdapter adapter, string folder, bool overwrite, TensorDevice device, CancellationToken cancellationToken)
    {
        LoraAdapterWriterOptions options = new()
        {
            BaseModel = adapter.Config.BaseModel,
            TaskType = adapter.Config.TaskType,
            IsFanInFanOut = adapter.Config.IsFanInFanOut,
            Overwrite = overwrite,
        };
        adapter.Save(folder, device, options, cancellationToken);
        Say(adapter, folder);
    }

    /// <summary>Says what was written.</summary>
    public static void Say(LoraAdapter adapter, string folder) => Console.WriteLine(
        $"{adapter.Modules.Count} modules of rank {Ranks(adapter)}, {Size(adapter.Modules.Sum(module => module.A.ByteLength + module.B.ByteLength))} -> {Path.GetFullPath(folder)}");

    /// <summary>Writes the rank of all modules, or the least and the greatest.</summary>
    public static string Ranks(LoraAdapter adapter)
    {
        long[] ranks = [.. adapter.Modules.Select(module => module.Rank).DefaultIfEmpty()];
        return ranks.Min() == ranks.Max() ? $"{ranks[0]}" : $"{ranks.Min()} to {ranks.Max()}";
    }

    /// <summary>Writes a size in decimal units.</summary>
    public static string Size(double bytes) => bytes switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
    };

    private static DataType? Fail(System.CommandLine.Parsing.ArgumentResult result, string message)
    {
        result.AddError(message);
        return null;
    }

    private static int Guard(Action action)
    {
#pragma warning disable CA1031 // The outermost frame: whatever it is becomes one message and an exit code.
        try
        {
            action();
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted. Nothing was written under a final name.");
            return 130;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception is ModelDataException or IOException or UnauthorizedAccessException or ArgumentException
                ? exception.Message
                : $"Unexpected error ({exception.GetType().Name}): {exception.Message}");
            return 1;
        }
#pragma warning restore CA1031
    }
}
