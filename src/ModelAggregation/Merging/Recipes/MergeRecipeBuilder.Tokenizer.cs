namespace ModelAggregation.Merging.Recipes;

/// <content>Vocabularies and chat templates.</content>
public sealed partial class MergeRecipeBuilder
{
    /// <summary>Sets what to do with embeddings of different numbers of rows where no tokenizer is set (<c>vocabulary</c>).</summary>
    /// <param name="policy">The policy; <see cref="VocabularyPolicy.Method"/> by default.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Vocabulary(VocabularyPolicy policy)
    {
        _recipe = _recipe with { Vocabulary = policy };
        return this;
    }

    /// <summary>Sets whose vocabulary the output has (<c>tokenizer</c>).</summary>
    /// <param name="source"><see cref="MergeTokenizer.Base"/>, <see cref="MergeTokenizer.Union"/> or a model's reference.</param>
    /// <param name="padToMultipleOf">The number that divides the number of rows; see <see cref="MergeTokenizer.PadToMultipleOf"/>.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Tokenizer(string source, int? padToMultipleOf = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(source);
        _recipe = _recipe with { Tokenizer = (_recipe.Tokenizer ?? new MergeTokenizer()) with { Source = source, PadToMultipleOf = padToMultipleOf } };
        return this;
    }

    /// <summary>Decides where the rows of one token come from.</summary>
    /// <param name="token">The token, spelled as in the vocabularies; if none has it, it is added.</param>
    /// <param name="source">Where its row comes from in models that lack it, or null for the usual rule.</param>
    /// <param name="force">Whether models that have the token take that row too.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Token(string token, TokenSource? source = null, bool force = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        MergeTokenizer tokenizer = _recipe.Tokenizer ?? new MergeTokenizer();
        _recipe = _recipe with { Tokenizer = tokenizer with { Tokens = [.. tokenizer.Tokens, new MergeToken(token, source, force)] } };
        return this;
    }

    /// <summary>Sets the chat template of the output (<c>chat_template</c>).</summary>
    /// <param name="template"><c>alpaca</c>, <c>chatml</c>, <c>exaone</c>, <c>llama3</c>, <c>mistral</c>, <c>auto</c> for the most common among the models, or the template itself.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder ChatTemplate(string template)
    {
        ArgumentException.ThrowIfNullOrEmpty(template);
        _recipe = _recipe with { ChatTemplate = template };
        return this;
    }
}
