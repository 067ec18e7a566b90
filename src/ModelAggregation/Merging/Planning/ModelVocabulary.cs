using ModelTensors;
using ModelTensors.Tokenizers;

namespace ModelAggregation.Merging.Planning;

/// <summary>A model with its vocabulary.</summary>
internal sealed class ModelVocabulary(OpenModel model, Vocabulary vocabulary)
{
    public OpenModel Model { get; } = model;

    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Gets the model's number of each token of the output; -1 where it lacks the token.</summary>
    public int[] Ids { get; private set; } = [];

    /// <summary>Gets the rows of the model's largest embedding or head.</summary>
    public int RowCount { get; } = (int)Math.Min(int.MaxValue, model.Layers.Outside
        .Where(name => TensorNames.IsInputEmbedding(name) || TensorNames.IsHead(name))
        .Max(name => model.Tensors.TryGet(name, out TensorSource? source) && source.Shape.Rank == 2 ? (long?)source.Shape[0] : null) ?? 0);

    /// <summary>Reads a model's vocabulary; what is wrong becomes a problem.</summary>
    public static ModelVocabulary? TryRead(OpenModel model, PlanFindings findings)
    {
        const string Remedy = "Put its tokenizer.json there, or leave out 'tokenizer' and 'tokenizer_source' to merge embeddings row by row.";
        if (model.Tensors.Folder is not { } folder)
        {
            findings.Add(PlanProblemKind.Tokenizer, $"Model '{model.Reference}' is in memory and has no tokenizer files. {Remedy}", model.Reference);
            return null;
        }

        try
        {
            if (Vocabulary.TryRead(folder) is { } vocabulary)
            {
                return new ModelVocabulary(model, vocabulary);
            }
        }
        catch (ModelDataException error)
        {
            findings.Add(PlanProblemKind.Tokenizer, $"Model '{model.Reference}': {error.Message}", model.Reference);
            return null;
        }

        findings.Add(PlanProblemKind.Tokenizer, $"Model '{model.Reference}' has no tokenizer files in '{folder}'. {Remedy}", model.Reference);
        return null;
    }

    public void Match(IReadOnlyList<string?> tokens) =>
        Ids = [.. tokens.Select(token => token is not null && Vocabulary.TryGetId(token, out int id) ? id : -1)];

    /// <summary>Returns whether a row of the model stands for one of its tokens.</summary>
    public bool HasToken(int row) => row < Vocabulary.Tokens.Count && Vocabulary.Tokens[row] is not null;
}
