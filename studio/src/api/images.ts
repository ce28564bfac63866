// What is asked of a model that begins from a picture: OpenAI's forms come as JSON here, with the pictures in it.
import type { PictureRequest } from "./shapes";

export type FromPictureRequest = PictureRequest & {
  /** As a data: address. */
  image: string;
  /** Transparent where it is to be made anew. */
  mask?: string;
  /** How much of the picture is forgotten, from 0 to 1. */
  strength?: number;
};

export const DRAWN = "/v1/images/generations";
export const EDITED = "/v1/images/edits";
export const VARIED = "/v1/images/variations";
export const WALKED = "/v1/anew/latents/interpolate";

export interface PicturesMade {
  data: { b64_json: string }[];
}
