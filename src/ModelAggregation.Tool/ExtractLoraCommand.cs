using System.CommandLine;
using ModelAggregation.Extraction;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tool;

/// <summary>The verb <c>extract-lora</c>: a LoRA adapter from a fine-tune and its base.</summary>
internal static class ExtractLoraCommand
{
    private static readonly Dictionary<string, DataType> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["float32"] = DataType.F32,
        ["float16"] = DataType.F16,
        ["bfloat16"] = DataType.BF16,
    };

    private static readonly Argument<string> Tuned = new("fine-tuned") { Description = "The fine-tuned model: a folder, a file, or a name in the Hugging Face cache." };
    private static readonly Argument<string> Origin = new("base") { Description = "The model it was made from." };
    private static readonly Argument<string> Output = new("output-folder") { Description = "The folder of the adapter; it appears when the adapter is complete." };

    private static readonly Option<string[]> Rank = new("--rank")
    {
        Description = "The greatest rank, 128 by default; or PART=RANK for modules with that part in their path. May be given several times.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<double> Energy = new("--energy") { Description = "The part of each change's squared norm to keep, in (0, 1].", DefaultValueFactory = _ => 1 };
    private static readonly Option<double> Epsilon = new("--sv-epsilon") { Description = "The singular value up to which directions are left out." };
    private static readonly Option<string[]> Include = new("--include") { Description = "Only modules with this part in their path. May be given several times.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string[]> Exclude = new("--exclude") { Description = "No modules with this part in their path. May be given several times.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> EmbedLora = new("--embed-lora") { Description = "Give embeddings factors, instead of saving them whole." };
    private static readonly Option<bool> SkipOthers = new("--skip-others") { Description = "Leave out changed norms, biases and embeddings, instead of saving them whole." };
    private static readonly Option<bool> ScaleInA = new("--no-distribute-scale") { Description = "Put all of the singular values into A." };
    private static readonly Option<bool> PadRanks = new("--pad-ranks") { Description = "Give all modules the greatest rank, filled up with zeros: for readers that know one rank only." };
    private static readonly Option<string?> Type = new("--dtype") { Description = "float32, float16 or bfloat16; that of the fine-tuned model by default." };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "The seed of the random directions with which large matrices are looked at." };
    private static readonly Option<int> Threads = SharedOptions.Threads();
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an adapter that is already in the output folder." };

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        Command command = new("extract-lora", "Extracts a LoRA adapter from a fine-tuned model and its base, and writes it as PEFT does.")
        {
            Tuned, Origin, Output, Rank, Energy, Epsilon, Include, Exclude, EmbedLora, SkipOthers, ScaleInA, PadRanks, Type, Seed, Threads, Overwrite,
        };
        Check(Rank, values => values?.FirstOrDefault(value => ParseRank(value) is null) is { } wrong ? $"'{wrong}' is not a rank: a whole number from 1, or PART=RANK." : null);
        Check(Energy, value => value is > 0 and <= 1 ? null : "--energy is in (0, 1].");
        Check(Epsilon, value => value >= 0 ? null : "--sv-epsilon is not negative.");
        Check(Type, value => value is null || Types.ContainsKey(value) ? null : $"--dtype is {string.Join(", ", Types.Keys)}, not '{value}'.");
        command.Runs("Interrupted. Nothing was written.", Extract);
        return command;
    }

    private static void Extract(ParseResult parsed, CancellationToken cancellationToken)
    {
        LoraExtractionOptions options = new()
        {
            Energy = parsed.GetValue(Energy),
            SmallestSingularValue = parsed.GetValue(Epsilon),
            Include = parsed.GetValue(Include) ?? [],
            Exclude = parsed.GetValue(Exclude) ?? [],
            FactorsEmbeddings = parsed.GetValue(EmbedLora),
            Others = parsed.GetValue(SkipOthers) ? OtherTensors.Skip : OtherTensors.Save,
            DistributesScale = !parsed.GetValue(ScaleInA),
            Layout = parsed.GetValue(PadRanks) ? RankLayout.ZeroPadded : RankLayout.PerModule,
            DataType = parsed.GetValue(Type) is { } type ? Types[type] : null,
            BaseModel = parsed.GetRequiredValue(Origin),
            Seed = parsed.GetValue(Seed),
            Threads = parsed.GetValue(Threads),
            Overwrite = parsed.GetValue(Overwrite),
        };
        foreach (ModuleRank rank in (parsed.GetValue(Rank) ?? []).Select(value => ParseRank(value)!))
        {
            options = rank.Filter.Length == 0 ? options with { Rank = rank.Rank } : options with { Ranks = [.. options.Ranks, rank] };
        }

        ModelResolver resolver = new();
        using TensorSet tuned = resolver.Open(parsed.GetRequiredValue(Tuned));
        using TensorSet origin = resolver.Open(parsed.GetRequiredValue(Origin));
        LoraExtractionReport report = ProgressBar.Run(
            progress => LoraExtraction.Extract(tuned, origin, parsed.GetRequiredValue(Output), options, progress, cancellationToken));
        int width = report.Modules.Select(module => module.Path.Length).DefaultIfEmpty().Max();
        foreach (ExtractedModule module in report.Modules)
        {
            Console.WriteLine(string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{module.Path.PadRight(width)}  rank {module.Rank,4}  norm {module.Norm:G4}  left out {module.RelativeError:P2}"));
        }

        foreach (string name in report.SkippedTensors)
        {
            Console.Error.WriteLine($"Warning: '{name}' has changed and is left out.");
        }

        Console.WriteLine(
            $"Extracted {report.Modules.Count(module => module.Rank > 0)} modules and {report.WholeTensors.Count} whole tensors ({report.UnchangedCount} tensors are unchanged) into {report.Folder}");
    }

    private static ModuleRank? ParseRank(string text)
    {
        int equals = text.LastIndexOf('=');
        return int.TryParse(text.AsSpan(equals + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int rank) && rank >= 1
            ? new ModuleRank(equals < 0 ? string.Empty : text[..equals], rank)
            : null;
    }

    private static void Check<T>(Option<T> option, Func<T?, string?> check) => option.Validators.Add(result =>
    {
        if (result.Errors.Any())
        {
            return;
        }

        if (check(result.GetValue(option)) is { } problem)
        {
            result.AddError(problem);
        }
    });
}
