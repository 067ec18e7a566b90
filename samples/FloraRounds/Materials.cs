using ModelRuntime.Tasks;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;

namespace FloraRounds;

/// <summary>What the sample works on: a trained base model, the data of ten clients, and the questions of an evaluation.</summary>
internal sealed class Materials
{
    private Materials(string baseModel, IReadOnlyList<IReadOnlyList<TaskExample>> clients, IReadOnlyList<TaskExample> questions)
    {
        BaseModel = baseModel;
        Clients = clients;
        Questions = questions;
        Data = clients.Index().ToDictionary(
            client => Method.Flora.ClientOf(client.Index).Id,
            client => (IReadOnlyList<TrainingExample>)[.. client.Item.Select(example => TrainingExample.FromText(Tokenizer, example.Prompt, example.Answer))],
            StringComparer.Ordinal);
    }

    /// <summary>Gets the zoo's tokenizer: a token is the ASCII code of a character.</summary>
    public static ITokenizer Tokenizer { get; } = new CharacterTokenizer();

    public string BaseModel { get; }

    public IReadOnlyList<IReadOnlyList<TaskExample>> Clients { get; }

    public IReadOnlyList<TaskExample> Questions { get; }

    /// <summary>Gets the examples of each client by its name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TrainingExample>> Data { get; }

    public static Materials Load(string models, int questions)
    {
        IReadOnlyList<TaskExample>[] clients = [.. Method.Ranks.Select((_, client) => TaskFile.Load(Path.Combine(models, "clients", $"{client}", "train.jsonl")))];
        TaskExample[] asked = [.. StringTask.All.SelectMany(task => TaskFile.Load(Path.Combine(models, "eval", $"{task.Name}.jsonl")).Take(questions))];
        return new Materials(Path.Combine(models, "a-base"), clients, asked);
    }

    /// <summary>Finds a folder of the repository's samples.</summary>
    public static string Find(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "samples", name);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"The sample runs from a clone of the repository: no folder samples/{name} above it.");
    }
}
