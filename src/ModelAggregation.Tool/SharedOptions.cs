using System.CommandLine;
using System.CommandLine.Parsing;
using ModelAggregation.Inspection;
using ModelAggregation.Merging;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tool;

/// <summary>What several commands have in common.</summary>
internal static class SharedOptions
{
    public static Argument<string> Recipe() => new("recipe") { Description = "The recipe: a mergekit YAML file; several documents in it are stages." };

    public static Argument<string> Model(string name) => new(name)
    {
        Description = "A folder, a .safetensors file, an adapter's folder, or a name in the Hugging Face cache.",
    };

    public static Option<int> Threads()
    {
        Option<int> threads = new("--threads") { Description = "The number of threads.", DefaultValueFactory = _ => Environment.ProcessorCount };
        threads.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1)
            {
                result.AddError("--threads is at least 1.");
            }
        });
        return threads;
    }

    public static Option<long> Memory(long otherwise) => Size("--memory", "The working memory.", otherwise, 1 << 20);

    public static Option<bool> Json() => new("--json") { Description = "Write JSON instead of text." };

    public static Option<long> Size(string name, string description, long otherwise, long minimum)
    {
        return new Option<long>(name)
        {
            Description = $"{description} Bytes, or with a unit: 500MB, 2GiB.",
            DefaultValueFactory = _ => otherwise,
            CustomParser = Parse,
        };

        long Parse(ArgumentResult result)
        {
            string text = result.Tokens[0].Value;
            if (ByteSize.TryParse(text, out long bytes) && bytes >= minimum)
            {
                return bytes;
            }

            result.AddError($"'{text}' is not a size for {name}: at least {minimum} bytes, such as 256MB.");
            return otherwise;
        }
    }

    /// <summary>Makes a merger that finds models relative to the recipe's folder, then to the current one, then in the Hugging Face cache.</summary>
    public static ModelMerger MergerFor(string recipePath) =>
        new(new ModelResolver(new ModelResolverOptions { BaseFolders = [Path.GetDirectoryName(Path.GetFullPath(recipePath))!, "."] }));

    public static InspectionOptions Inspection(int threads, long memory) => new() { Threads = threads, WorkingMemory = memory };
}
