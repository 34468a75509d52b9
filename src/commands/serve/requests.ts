/** What a request carries: JSON, or a form with an image. */
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { expectedInWords, WeldonError } from '../../errors.js';

/** An answer with another status than 400. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Upload {
  image: Buffer | null;
  /** fields of the form by name, their texts read as JSON */
  fields: Record<string, unknown>;
}

async function imageOf(part: MultipartFile, largest: number): Promise<Buffer> {
  try {
    return await part.toBuffer();
  } catch (error) {
    throw (error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE' ? tooLarge(largest) : error;
  }
}

export function tooLarge(megabytes: number): Refusal {
  return new Refusal(413, `Expected the upload to be of at most ${megabytes} MB but received a larger one`);
}

/**
 * Reads a form.
 *
 * @param largest megabytes of the image
 */
export async function readForm(request: FastifyRequest, largest: number): Promise<Upload> {
  const fields: Record<string, unknown> = {};
  let image: Buffer | null = null;
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        if (part.fieldname !== 'image' || image !== null) {
          const what = image !== null ? 'a second file' : `a file in the field ${JSON.stringify(part.fieldname)}`;
          part.file.resume();
          throw expectedInWords('the form', 'one with one file, in the field image', what);
        }
        image = await imageOf(part, largest);
      } else {
        if (Object.hasOwn(fields, part.fieldname)) {
          throw expectedInWords('the form', 'one with every field once', `${JSON.stringify(part.fieldname)} twice`);
        }
        try {
          fields[part.fieldname] = JSON.parse(String(part.value));
        } catch {
          throw expectedInWords(
            `${part.fieldname} in the form`,
            'JSON',
            JSON.stringify(String(part.value).slice(0, 60)),
          );
        }
      }
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === 'FST_FILES_LIMIT') {
      throw expectedInWords('the form', 'one with one file, in the field image', 'several files');
    }
    if (error instanceof WeldonError || error instanceof Refusal) {
      throw error;
    }
    throw expectedInWords('the form', 'whole multipart/form-data', message ?? String(error));
  }
  return { image, fields };
}

export function unknownItem(id: string): Refusal {
  return new Refusal(404, `There is no item ${JSON.stringify(id)} in the catalogue`);
}
