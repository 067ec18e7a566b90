using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>Finds the inputs of one output tensor and makes them fit: tied heads, vocabularies, types, shapes.</summary>
internal sealed class TensorMatcher(MergeRecipe recipe, MergeMethod? method, VocabularyPlan? vocabulary, PlanFindings findings)
{
    private readonly bool _comparesBase = method is { BaseModel: not BaseModelRole.Ordinary };

    /// <summary>Returns whether a source is the base model.</summary>
    public bool IsBase(SourceLayout source) => string.Equals(source.Model.Reference, recipe.BaseModel, StringComparison.Ordinal);

    /// <summary>Returns whether a source is the base model of a method that compares the others with it.</summary>
    public bool IsNeededBase(SourceLayout source) => _comparesBase && IsBase(source);

    /// <summary>Finds the inputs.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="outputName">The output's name.</param>
    /// <param name="names">The tensor's name in each source; null where the source has none.</param>
    /// <param name="isOutside">Whether the tensor is outside the layers.</param>
    /// <returns>The inputs, or null when there is no such output: a problem is reported, or the tensor is one that can be left out.</returns>
    public MatchedTensor? Match(SliceLayout slice, string outputName, string?[] names, bool isOutside)
    {
        bool isHead = isOutside && TensorNames.IsHead(outputName);
        if (TensorNames.IsDerivedBuffer(outputName) && Array.Exists(names, name => name is null))
        {
            findings.WarnForTensor("derived", outputName, tensors => $"Not written, because some models lack it and readers derive it: {tensors}.");
            return null;
        }

        List<MatchedInput> inputs = [];
        bool isComplete = true;
        for (int index = 0; index < names.Length; index++)
        {
            SourceLayout source = slice.Sources[index];
            string? name = names[index] ?? (isHead ? source.Model.EmbeddingFor(outputName) : null);
            if (name is not null && source.Model.Tensors.TryGet(name, out TensorSource? tensor))
            {
                inputs.Add(new MatchedInput(source, name, tensor));
            }
            else
            {
                isComplete &= LeaveOut(source, outputName);
            }
        }

        if (inputs.Count == 0 || !isComplete)
        {
            return null;
        }

        bool isEmbedding = (isHead || (isOutside && TensorNames.IsInputEmbedding(outputName))) && inputs.TrueForAll(input => input.Tensor.Shape.Rank == 2);
        bool isHeadBias = isOutside && TensorNames.IsHeadBias(outputName) && inputs.TrueForAll(input => input.Tensor.Shape.Rank == 1);
        if (!CheckTypes(inputs, outputName) || (vocabulary is not null && (isEmbedding || isHeadBias) && !CheckMovable(inputs, outputName)))
        {
            return null;
        }

        if (isHeadBias)
        {
            vocabulary?.ArrangeBias(inputs, outputName, recipe.BaseModel);
        }

        return FitShapes(inputs, outputName, isEmbedding)
            ? new MatchedTensor(outputName, inputs, inputs.FindIndex(input => IsBase(input.Source)), isEmbedding)
            : null;
    }

    private bool LeaveOut(SourceLayout source, string outputName)
    {
        string model = source.Model.Reference;
        if (recipe.OnMismatch == MismatchPolicy.Skip && !IsNeededBase(source))
        {
            findings.WarnForTensor($"skip\n{model}", outputName, tensors => $"Model '{model}' is left out of {tensors}: missing there, or of another shape.");
            return true;
        }

        string remedy = IsNeededBase(source) ? "'on_mismatch: skip' cannot leave out a base model" : "'on_mismatch: skip' leaves the model out there";
        findings.AddForTensor(
            PlanProblemKind.MissingTensor, model, outputName, tensors => $"Model '{model}' lacks {tensors}, which other models have; {remedy}.", model);
        return false;
    }

    private bool CheckTypes(List<MatchedInput> inputs, string outputName)
    {
        MatchedInput? integers = inputs.Find(input => !input.Tensor.DataType.IsFloatingPoint);
        if (integers is null)
        {
            return true;
        }

        MatchedInput? other = inputs.Find(input => input.Tensor.DataType != integers.Tensor.DataType);
        string type = integers.Tensor.DataType.SafetensorsName;
        string model = integers.Source.Model.Reference;
        if (other is not null)
        {
            findings.AddForTensor(
                PlanProblemKind.UnmergeableType,
                $"{type}\n{model}\n{other.Source.Model.Reference}",
                outputName,
                tensors => $"{tensors}: type {type} in {model}, {other.Tensor.DataType.SafetensorsName} in {other.Source.Model.Reference}; integers cannot be merged.",
                model);
            return false;
        }

        if (recipe.IntegerTensors == IntegerPolicy.Copy)
        {
            return true;
        }

        findings.AddForTensor(
            PlanProblemKind.UnmergeableType, type, outputName, tensors => $"{tensors}: type {type} cannot be merged; 'integer_tensors: copy' copies it.", model);
        return false;
    }

    // Rows may become means of others, which integers have not.
    private bool CheckMovable(List<MatchedInput> inputs, string outputName)
    {
        string type = inputs[0].Tensor.DataType.SafetensorsName;
        if (!inputs[0].Tensor.DataType.IsFloatingPoint)
        {
            findings.AddForTensor(
                PlanProblemKind.UnmergeableType, $"rows\n{type}", outputName, tensors => $"{tensors}: 'tokenizer' puts rows in another order, but they hold {type}.");
            return false;
        }

        return true;
    }

    private bool FitShapes(List<MatchedInput> inputs, string outputName, bool isEmbedding)
    {
        if (isEmbedding && vocabulary is not null)
        {
            vocabulary.Arrange(inputs, outputName, recipe.BaseModel);
        }
        else if (isEmbedding && recipe.Vocabulary != VocabularyPolicy.Error)
        {
            CutRows(inputs, outputName);
        }

        int reference = Math.Max(inputs.FindIndex(input => IsBase(input.Source)), 0);
        MatchedInput expected = inputs[reference];
        bool fits = true;
        foreach (MatchedInput input in inputs.Where(input => input.Tensor.Shape != expected.Tensor.Shape).ToArray())
        {
            if (recipe.OnMismatch == MismatchPolicy.Skip)
            {
                fits &= LeaveOut(input.Source, outputName);
                inputs.Remove(input);
                continue;
            }

            string model = input.Source.Model.Reference;
            string shapes = $"shape {expected.Tensor.Shape} in {expected.Source.Model.Reference}, {input.Tensor.Shape} in {model}";
            findings.AddForTensor(PlanProblemKind.ShapeMismatch, shapes, outputName, tensors => $"{tensors}: {shapes}.", model);
            fits = false;
        }

        return fits;
    }

    /// <summary>Cuts matrices that differ only in rows: to the base's rows where policy or method keep those, else to the rows that all have.</summary>
    private void CutRows(List<MatchedInput> inputs, string outputName)
    {
        bool keepsBase = recipe.Vocabulary == VocabularyPolicy.Base || (recipe.Vocabulary == VocabularyPolicy.Method && method is { KeepsBaseRows: true });
        MatchedInput? kept = keepsBase ? inputs.Find(input => IsBase(input.Source)) : null;
        long columns = (kept ?? inputs[0]).Tensor.Shape[1];
        long rows = kept?.Tensor.Shape[0] ?? inputs.Min(input => input.Tensor.Shape[0]);
        for (int index = 0; index < inputs.Count; index++)
        {
            MatchedInput input = inputs[index];
            long own = input.Tensor.Shape[0];
            if (own > rows && input.Tensor.Shape[1] == columns)
            {
                inputs[index] = input with { Tensor = new LeadingRowsSource(input.Tensor, rows) };
                string model = input.Source.Model.Reference;
                findings.WarnForTensor(
                    $"rows\n{model}\n{own}\n{rows}",
                    outputName,
                    tensors => $"Vocabularies differ: of {own} rows in model '{model}' only the first {rows} are merged for {tensors}.");
            }
        }
    }
}
